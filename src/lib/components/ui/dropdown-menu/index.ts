export { default as DropdownMenu } from './DropdownMenu.svelte';
export { default as DropdownMenuCheckboxItem } from './DropdownMenuCheckboxItem.svelte';
export { default as DropdownMenuItem } from './DropdownMenuItem.svelte';
export { default as DropdownMenuLabel } from './DropdownMenuLabel.svelte';
export { default as DropdownMenuSeparator } from './DropdownMenuSeparator.svelte';
