import { type Person, systemRoles } from '../fixtures.ts';

/**
 * Whose row is touched: one's own, a colleague's that lies in one's territory, one of nobody or of a colleague elsewhere, or
 * one of an organisation one is not in.
 */
export const places = ['mine', 'territory', 'theirs', 'foreign'] as const;
export type Place = (typeof places)[number];

/** Everyone whose access is written down: the system roles, and those who should have none. */
export const actors = [...systemRoles, 'deactivated', 'outsider', 'anon'] as const;
export type Actor = (typeof actors)[number];

/** One SQL command with its values. */
export interface Command {
  sql: string;
  values: unknown[];
}

/** How to try a table: rows that exist, and how to add and change one. Null where there can be none. */
export interface TableProbe {
  row: (place: Place, actor: Person) => string | null;
  insert: ((place: Place, actor: Person) => Command | null) | null;
  /** Assignment of an update, such as `name = 'Changed'`. */
  update: string;
  /** Column that identifies the row. */
  key?: string;
  /** Its rows lie in territories. */
  hasTerritory?: true;
}

export const commands = ['select', 'insert', 'update', 'delete'] as const;
export type CommandName = (typeof commands)[number];

/** A command on the row of that place; null where there is none to try. */
export function commandOn(
  table: string,
  probe: TableProbe,
  command: CommandName,
  place: Place,
  actor: Person,
): Command | null {
  if (place === 'territory' && !probe.hasTerritory) return null;
  if (command === 'insert') return probe.insert?.(place, actor) ?? null;
  const row = probe.row(place, actor);
  if (row === null) return null;
  const where = `where ${probe.key ?? 'id'} = $1`;
  const sql = {
    select: `select 1 from ${table} ${where}`,
    update: `update ${table} set ${probe.update} ${where}`,
    delete: `delete from ${table} ${where}`,
  }[command];
  return { sql, values: [row] };
}
