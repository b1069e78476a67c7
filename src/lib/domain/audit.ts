/** What the trail says about one change. */
export interface ChangeEntry {
  action: string;
  old_values: Readonly<Record<string, unknown>> | null;
  new_values: Readonly<Record<string, unknown>> | null;
}

/** One field of a change; a side that has no value is null. */
export interface FieldChange {
  field: string;
  before: unknown;
  after: unknown;
}

/** The fields of a change in alphabetical order, so that the same change always reads the same. */
export function fieldChanges({ old_values: before, new_values: after }: ChangeEntry): FieldChange[] {
  const fields = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})]);
  return [...fields]
    .sort()
    .map((field) => ({ field, before: before?.[field] ?? null, after: after?.[field] ?? null }));
}

/** What kind of change it was, in the words people use: the trash is an update of a column they never see. */
export type ChangeKind = 'added' | 'changed' | 'trashed' | 'restored' | 'deleted' | 'event';

export function changeKind({ action, old_values: before, new_values: after }: ChangeEntry): ChangeKind {
  if (action === 'insert') return 'added';
  if (action === 'delete') return 'deleted';
  if (action !== 'update') return 'event';
  if (after === null || !('deleted_at' in after)) return 'changed';
  return before?.['deleted_at'] == null ? 'trashed' : 'restored';
}

/**
 * A value as a cell of a CSV file. What a spreadsheet would run as a formula gets an apostrophe in front; quotes are
 * doubled.
 */
export function csvCell(value: unknown): string {
  const text =
    value === null || value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value);
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** A line of a CSV file, with the line end the format asks for. */
export const csvLine = (cells: readonly unknown[]): string => `${cells.map(csvCell).join(',')}\r\n`;
