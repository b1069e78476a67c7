/**
 * The place of Postgres Changes (`postgres_changes` bindings of a join). Their rows would come from the same
 * replication stream through a second publication, `supabase_realtime`; their bindings are already read from
 * the join, and answered here. Until they are offered, a join that asks for them is told so at once instead
 * of being left to wait for events that never come.
 */
import { RealtimeError } from './errors.ts';
import { isRecord } from './values.ts';

/**
 * @throws RealtimeError RealtimeDisabledForConfiguration when there are bindings
 */
export function refusePostgresChanges(bindings: readonly unknown[]): void {
  const [first] = bindings;
  if (first === undefined) return;
  throw new RealtimeError(
    'RealtimeDisabledForConfiguration',
    'Unable to subscribe to changes with given parameters. Postgres Changes are not offered by this server; ' +
      `use Broadcast from the database instead: [${describeBinding(first)}]`,
  );
}

function describeBinding(binding: unknown): string {
  const { event, schema, table, filter } = isRecord(binding) ? binding : {};
  const name = (value: unknown, otherwise: string) =>
    typeof value === 'string' ? value.slice(0, 100) : otherwise;
  return `event: ${name(event, '*')}, schema: ${name(schema, 'public')}, table: ${name(table, '*')}, filters: [${name(filter, '')}]`;
}
