import { createQuery } from '@tanstack/svelte-query';
import { now } from '$lib/components/shared/time/now';
import { useData } from '$lib/data/context';
import { settingQueries } from '$lib/data/settings/queries';
import { useWorkspace } from '$lib/data/workspace.svelte';
import { dayOf } from '$lib/domain/dates';

/**
 * The present day of the organisation, by which assignments begin and end: not that of the person looking, who may have
 * another date already. Call it while a component initialises; the pages bring the setting with them.
 */
export function useToday(): () => string {
  const [data, workspace] = [useData(), useWorkspace()];
  const settings = createQuery(() => settingQueries.list(data));
  return () => {
    const zone = settings.data?.find(({ is_time_zone }) => is_time_zone)?.value;
    return dayOf(now(), zone ?? workspace.viewer.timeZone);
  };
}
