import type { AccessReason } from '$lib/data/access/schema';
import { shortDay } from '$lib/domain/dates';
import { m } from '$lib/paraglide/messages';

interface Surroundings {
  nameOf: (userId: string) => string | null;
  /** The present day where the person is. */
  today: string;
  locale: string;
}

/** One reason in a sentence. */
export function reasonWords(reason: AccessReason, { nameOf, today, locale }: Surroundings): string {
  switch (reason.rule) {
    case 'all':
      return m.access_all();
    case 'own':
      return m.access_own();
    case 'report':
      return m.access_report({
        people: (reason.chain ?? []).map((id) => nameOf(id) ?? m.somebody()).join(' › '),
      });
    case 'territory': {
      const assignment = reason.assignments?.[0];
      if (!assignment) return m.access_territory_own();
      const { territory, ends_on } = assignment;
      const name = (locale.startsWith('ar') && territory.name_ar) || territory.name;
      return ends_on
        ? m.access_territory_until({ territory: name, day: shortDay(ends_on, today, locale) })
        : m.access_territory({ territory: name });
    }
    case 'parent':
      return m.access_parent();
    default:
      return m.access_member();
  }
}
