export { default as PopoverLayer } from './PopoverLayer.svelte';
