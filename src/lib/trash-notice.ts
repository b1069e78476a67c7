import { toast } from 'svelte-sonner';
import type { DataContext } from '$lib/data/context';
import type { Customer } from '$lib/data/customers/schema';
import { restoreFromTrash } from '$lib/data/trash/mutations';
import { errorWords } from '$lib/error-words';
import { m } from '$lib/paraglide/messages';

/** Says where a deleted customer went, and offers to take it back. */
export function sayTrashed(data: DataContext, { id, name }: Pick<Customer, 'id' | 'name'>): void {
  const restore = () =>
    restoreFromTrash(data, { table_name: 'customers', record_id: id }).then(
      () => toast(m.trash_restored({ title: name })),
      (error: unknown) => toast.error(errorWords(error)),
    );
  toast(m.trash_moved({ title: name }), {
    description: m.trash_moved_where(),
    action: { label: m.undo(), onClick: () => void restore() },
  });
}
