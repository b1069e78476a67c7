import AtSign from '@lucide/svelte/icons/at-sign';
import Building2 from '@lucide/svelte/icons/building-2';
import KeyRound from '@lucide/svelte/icons/key-round';
import MonitorSmartphone from '@lucide/svelte/icons/monitor-smartphone';
import ShieldCheck from '@lucide/svelte/icons/shield-check';
import UserRound from '@lucide/svelte/icons/user-round';
import { m } from '$lib/paraglide/messages';
import { paths } from '$lib/paths';
import type { Section } from './section';

/** The pages about oneself, one line each, in the order of their navigation. */
export function accountSections(): Section[] {
  return [
    { href: paths.accountProfile(), label: m.account_profile(), icon: UserRound },
    { href: paths.accountEmail(), label: m.account_email(), icon: AtSign },
    { href: paths.accountPassword(), label: m.account_password(), icon: KeyRound },
    { href: paths.accountSecondFactor(), label: m.second_factor(), icon: ShieldCheck },
    { href: paths.accountSessions(), label: m.sessions_title(), icon: MonitorSmartphone },
    { href: paths.accountOrganizations(), label: m.organizations(), icon: Building2 },
  ];
}
