const base =
  'inline-flex shrink-0 items-center justify-center gap-1.5 rounded-md font-medium whitespace-nowrap transition-colors select-none disabled:opacity-50 aria-disabled:opacity-50 [&_svg]:shrink-0';

const variants = {
  primary: 'bg-accent text-on-accent not-disabled:hover:bg-accent-hover',
  secondary:
    'border border-control-border bg-raised text-text not-disabled:hover:bg-[color-mix(in_oklch,var(--raised),var(--text)_4%)]',
  ghost:
    'text-muted not-disabled:hover:bg-hover not-disabled:hover:text-text aria-expanded:bg-hover aria-expanded:text-text',
  danger: 'bg-danger-fill text-on-accent not-disabled:hover:brightness-110',
};

// A finger needs more room than a pointer.
const sizes = {
  sm: 'h-7 px-2 text-xs pointer-coarse:h-9',
  md: 'h-8 px-3 text-sm pointer-coarse:h-10',
  lg: 'h-9 px-4 text-sm pointer-coarse:h-10',
  icon: 'size-8 pointer-coarse:size-10',
  'icon-sm': 'size-7 pointer-coarse:size-10',
};

export type ButtonVariant = keyof typeof variants;
export type ButtonSize = keyof typeof sizes;

/** The classes of a button, also for links that look like one. */
export function buttonStyle(variant: ButtonVariant = 'secondary', size: ButtonSize = 'md'): string {
  return `${base} ${variants[variant]} ${sizes[size]}`;
}
