import Bell from '@lucide/svelte/icons/bell';
import Package from '@lucide/svelte/icons/package';
import SquareKanban from '@lucide/svelte/icons/square-kanban';
import type { Component } from 'svelte';
import { can, type Access } from '$lib/domain/permissions';
import { m } from '$lib/paraglide/messages';
import { paths } from '$lib/paths';

/** A part of the product with an entry in the navigation. */
export interface Module {
  key: 'pipeline' | 'products' | 'notifications';
  label: string;
  href: string;
  icon: Component<{ size?: number; strokeWidth?: number; class?: string }>;
  /** Pressed after "g". */
  letter: string;
}

/** The modules the person may use in this organisation, in the order of the navigation. */
export function modulesFor(organization: string, access: Access): Module[] {
  const all: (Module & { permission?: string })[] = [
    {
      key: 'pipeline',
      label: m.module_pipeline(),
      href: paths.pipeline(organization),
      icon: SquareKanban,
      letter: 'p',
      permission: 'customers:read',
    },
    {
      key: 'products',
      label: m.module_products(),
      href: paths.products(organization),
      icon: Package,
      letter: 'o',
      permission: 'products:read',
    },
    {
      key: 'notifications',
      label: m.module_notifications(),
      href: paths.notifications(organization),
      icon: Bell,
      letter: 'n',
    },
  ];
  return all.filter(({ permission }) => !permission || can(access, permission));
}
