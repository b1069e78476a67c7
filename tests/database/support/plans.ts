import pg from 'pg';

/** A node of a plan, as `auto_explain` reports it. */
export interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Actual Rows'?: number;
  'Rows Removed by Filter'?: number;
  Plans?: PlanNode[];
}

/** How Postgres answered a request: the plans of every statement in it, those inside functions included. */
export interface Explained {
  nodes: PlanNode[];
  milliseconds: number;
  rows: number;
}

/**
 * Runs a request as a person and collects the plans that were used. A function hides its plans from `explain`;
 * `auto_explain` sees them.
 */
export async function explain(
  adminUrl: string,
  person: { id: string },
  sql: string,
  values: unknown[] = [],
): Promise<Explained> {
  const client = new pg.Client({ connectionString: adminUrl });
  const nodes: PlanNode[] = [];
  client.on('notice', ({ message }) => {
    const start = message?.indexOf('{') ?? -1;
    if (message && start >= 0)
      nodes.push(...flatten((JSON.parse(message.slice(start)) as { Plan: PlanNode }).Plan));
  });
  await client.connect();
  try {
    await client.query(`load 'auto_explain'`);
    await client.query(`select set_config('request.jwt.claims', $1, false)`, [
      JSON.stringify({ role: 'authenticated', sub: person.id }),
    ]);
    // Once without looking, so that caches are warm.
    const request = async () => {
      await client.query('begin; set local role authenticated');
      const started = performance.now();
      const { rows } = await client.query(sql, values);
      const milliseconds = performance.now() - started;
      await client.query('rollback');
      return { milliseconds, rows: rows.length };
    };
    await request();
    const warm = await request();
    await client.query(`set auto_explain.log_min_duration = 0; set auto_explain.log_analyze = on;
      set auto_explain.log_nested_statements = on; set auto_explain.log_format = json; set auto_explain.log_level = notice`);
    await request();
    return { nodes, ...warm };
  } finally {
    await client.end();
  }
}

function flatten(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(flatten)];
}
