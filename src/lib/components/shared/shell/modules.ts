import Bell from '@lucide/svelte/icons/bell';
import Package from '@lucide/svelte/icons/package';
import Settings from '@lucide/svelte/icons/settings';
import SquareKanban from '@lucide/svelte/icons/square-kanban';
import type { Component } from 'svelte';
import { can, type Access } from '$lib/domain/permissions';
import { m } from '$lib/paraglide/messages';
import { paths } from '$lib/paths';

/** A part of the product with an entry in the navigation. */
export interface Module {
  key: string;
  label: string;
  href: string;
  icon: Component<{ size?: number; strokeWidth?: number; class?: string }>;
  /** Pressed after "g". */
  letter: string;
  /** Has a place in the bar of a phone, which holds three; the others are in the menu behind it. */
  inBar: boolean;
}

interface ModuleLine extends Omit<Module, 'label' | 'href' | 'inBar'> {
  label: () => string;
  path: (org: string) => string;
  inBar?: boolean;
  /** Who lacks it does not see the entry; without one every member does. */
  permission?: string;
}

/** One line each, in the order of the navigation. */
const modules: readonly ModuleLine[] = [
  {
    key: 'pipeline',
    label: m.module_pipeline,
    path: paths.pipeline,
    icon: SquareKanban,
    letter: 'p',
    inBar: true,
    permission: 'customers:read',
  },
  {
    key: 'products',
    label: m.module_products,
    path: paths.products,
    icon: Package,
    letter: 'o',
    inBar: true,
    permission: 'products:read',
  },
  {
    key: 'notifications',
    label: m.module_notifications,
    path: paths.notifications,
    icon: Bell,
    letter: 'n',
    inBar: true,
  },
  { key: 'settings', label: m.settings, path: paths.settings, icon: Settings, letter: 's' },
];

/** The modules the person may use in this organisation. */
export function modulesFor(organization: string, access: Access): Module[] {
  return modules
    .filter(({ permission }) => !permission || can(access, permission))
    .map(({ key, label, path, icon, letter, inBar = false }) => ({
      key,
      label: label(),
      href: path(organization),
      icon,
      letter,
      inBar,
    }));
}

/** The module an address lies in: that of the module itself or of a page below it. */
export function moduleOf(modules: readonly Module[], pathname: string): Module | undefined {
  return modules.find(({ href }) => pathname === href || pathname.startsWith(`${href}/`));
}
