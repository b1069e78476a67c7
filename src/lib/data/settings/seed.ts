import type { DataContext } from '../context';
import { settingKeys } from './keys';
import type { Setting } from './schema';

/** Puts what the server sent with the page into the cache, unless something is there. */
export function seedSettings({ queryClient, orgId }: DataContext, settings: Setting[]): void {
  queryClient.setQueryData<Setting[]>(settingKeys.list(orgId), (known) => known ?? settings);
}
