export { default as Button } from './Button.svelte';
export { buttonStyle, type ButtonSize, type ButtonVariant } from './button-style';
