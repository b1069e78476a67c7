import { readFilters } from './read-filters';
import { BRICKS, type ModelDatabase } from './model-database';
import type { DataContext } from '$lib/data/context';
import type { Stage } from '$lib/domain/stages';

/** How long requests take, and how much of that passes before the database is looked at. */
export interface Network {
  latency: () => { before: number; after: number };
  isDown: () => boolean;
}

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** As much of the client as reading customers and the log needs, over the model. */
export function modelClient(database: ModelDatabase, network: Network): DataContext['client'] {
  async function request<Data>(read: () => Data | null) {
    const { before, after } = network.latency();
    await sleep(before);
    const data = read();
    await sleep(after);
    if (network.isDown()) return { data: null, error: { message: 'Failed to fetch' }, status: 0 };
    if (data === null) return { data, error: { code: 'PGRST116', message: '' }, status: 406 };
    return { data, error: null, status: 200 };
  }

  const functions: Record<string, (args: Record<string, unknown>) => unknown> = {
    board_cards: (args) => {
      const cards = database.column(args.status as Stage, readFilters(args));
      const after = cards.findIndex(({ id }) => id === args.after_id);
      return cards.slice(after + 1, after + 1 + Number(args.page_size));
    },
    bricks_within: () => BRICKS,
    board_summary: (args) => database.summary(readFilters(args)),
    changes_since: (args) => {
      const { changes, cursor } = database.changesSince(Number(args.cursor ?? 0));
      return { changes, cursor: `${cursor}`, more: false, reset: false };
    },
  };

  const rpc = (name: string, args: Record<string, unknown>) => {
    const answer = request(() => functions[name]?.(args) ?? null);
    return Object.assign(answer, { abortSignal: () => answer });
  };
  return { rpc, from: () => rowsQuery(database, request) } as unknown as DataContext['client'];
}

/** `select().eq('org_id', …)` and then either `in('id', …)` or `eq('id', …).single()`. */
function rowsQuery(database: ModelDatabase, request: <Data>(read: () => Data | null) => Promise<unknown>) {
  let wanted: readonly string[] = [];
  const found = () => database.visible().filter(({ id }) => wanted.includes(id));
  const query = {
    select: () => query,
    eq: (column: string, value: string) => {
      if (column === 'id') wanted = [value];
      return query;
    },
    in: (_column: string, values: readonly string[]) => {
      wanted = values;
      return request(found);
    },
    abortSignal: () => query,
    single: () => request(() => found()[0] ?? null),
  };
  return query;
}
