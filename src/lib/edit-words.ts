import { fieldWord } from '$lib/components/shared/audit/audit-words';
import { stageName } from '$lib/components/shared/stages/stage-words';
import type { BulkItem, EditDraft } from '$lib/data/edits/edit';
import type { Outcome } from '$lib/data/edits/outbox.svelte';
import { errorWords } from '$lib/error-words';
import { m } from '$lib/paraglide/messages';
import { settingName } from '$lib/setting-words';

/** What an edit was about, as people say it: "Phone of Acme", "Acme to Proposal". */
export function editWords(edit: EditDraft): string {
  if (edit.kind === 'create') {
    return edit.table === 'interactions'
      ? m.edit_log({ record: edit.title })
      : m.edit_add({ record: edit.title });
  }
  if (edit.kind === 'patch') {
    const fields = Object.keys(edit.changes);
    if (edit.table === 'settings') return m.edit_of_settings({ fields: fields.map(settingName).join(', ') });
    if (edit.table === 'profiles') return m.edit_of_profile({ fields: fields.map(fieldWord).join(', ') });
  }
  if (edit.kind !== 'bulk') return itemWords(edit);
  const [first] = edit.items;
  if (first && edit.items.length === 1) return itemWords(first);
  const record = m.edit_customers({ count: edit.items.length });
  return first ? itemWords({ ...first, title: record }) : record;
}

function itemWords(item: BulkItem): string {
  const record = item.title;
  switch (item.kind) {
    case 'move':
      return m.edit_move({ record, stage: stageName(item.to) });
    case 'trash':
      return m.edit_trash({ record });
    case 'restore':
      return m.edit_restore({ record });
    case 'patch': {
      const fields = Object.keys(item.changes);
      if (fields.length === 1 && 'is_archived' in item.changes)
        return item.changes.is_archived ? m.edit_archive({ record }) : m.edit_unarchive({ record });
      if (fields.length === 1 && 'is_active' in item.changes)
        return item.changes.is_active ? m.edit_activate({ record }) : m.edit_deactivate({ record });
      return m.edit_of_field({ fields: fields.map(fieldWord).join(', '), record });
    }
  }
}

/** Why an edit did not go through as meant; null when it did. */
export function outcomeWords(
  outcome: Outcome,
  nameOf: (userId: string | null) => string | null,
  table = '',
): string | null {
  switch (outcome.kind) {
    case 'done':
      return null;
    case 'waiting':
      return m.edit_waits();
    case 'conflict':
      if (table === 'profiles') return m.edit_changed_elsewhere();
      return m.edit_changed_by({ name: nameOf(outcome.conflicts[0]?.by ?? null) ?? m.somebody() });
    case 'refused':
      return outcome.error.kind === 'not_found' ? m.edit_gone() : errorWords(outcome.error);
  }
}
