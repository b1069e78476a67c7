import type { Component } from 'svelte';

/** A page of an area with a navigation of its own (settings, account). */
export interface Section {
  href: string;
  label: string;
  icon: Component<{ size?: number; strokeWidth?: number; class?: string }>;
  /** Takes the whole width, for a map or a wide table, instead of a column to read. */
  wide?: boolean;
}

/** The section an address lies in, that of the deepest path first; undefined outside all of them. */
export function sectionOf(sections: readonly Section[], pathname: string): Section | undefined {
  return sections
    .filter(({ href }) => pathname === href || pathname.startsWith(`${href}/`))
    .sort((a, b) => b.href.length - a.href.length)[0];
}
