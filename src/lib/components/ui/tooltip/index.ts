export { Tooltip as TooltipPrimitive } from 'bits-ui';
export { default as Tooltip } from './Tooltip.svelte';
