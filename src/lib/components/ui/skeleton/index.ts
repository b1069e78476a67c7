export { default as Skeleton } from './Skeleton.svelte';
