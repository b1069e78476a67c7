import { m } from '$lib/paraglide/messages';

const kinds: Readonly<Record<string, () => string>> = {
  customers: m.trash_kind_customers,
};

/** What a record of a table is called. */
export const kindName = (table: string): string => kinds[table]?.() ?? table.replaceAll('_', ' ');

/** The kinds of records that go to the trash. */
export const trashKinds = Object.keys(kinds);
