import { createContext, type Component, type Snippet } from 'svelte';

export interface MenuItemProps {
  /** Makes it a link. */
  href?: string | undefined;
  onSelect?: (event: Event) => void;
  disabled?: boolean;
  tone?: 'normal' | 'danger';
  shortcut?: string;
  /** False keeps the menu open after choosing. */
  closeOnSelect?: boolean;
  icon?: Snippet;
  children: Snippet;
  class?: string;
}

export interface MenuCheckboxItemProps {
  checked?: boolean;
  onCheckedChange?: (checked: boolean) => void;
  disabled?: boolean;
  /** True closes the menu after choosing. */
  closeOnSelect?: boolean;
  icon?: Snippet;
  children: Snippet;
}

/**
 * What a menu is made of. It comes with the menu when it opens for the first time, so that no page has to load it
 * before.
 */
interface MenuParts {
  Item: Component<MenuItemProps>;
  CheckboxItem: Component<MenuCheckboxItemProps, object, 'checked'>;
  Separator: Component;
}

export const [useMenuParts, setMenuParts] = createContext<MenuParts>();
