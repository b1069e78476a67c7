import MonitorSmartphone from '@lucide/svelte/icons/monitor-smartphone';
import UserRound from '@lucide/svelte/icons/user-round';
import { m } from '$lib/paraglide/messages';
import { paths } from '$lib/paths';
import type { Section } from './section';

/** The pages about oneself, one line each, in the order of their navigation. */
export function accountSections(): Section[] {
  return [
    { href: paths.accountProfile(), label: m.account_profile(), icon: UserRound },
    { href: paths.accountSessions(), label: m.sessions_title(), icon: MonitorSmartphone },
  ];
}
