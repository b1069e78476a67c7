/** One look for everything that can be chosen in a menu. */
export const itemStyle =
  'flex min-h-8 w-full items-center gap-2 rounded-md px-2 py-1 text-sm text-text outline-none select-none data-disabled:opacity-50 data-highlighted:bg-hover [&_svg]:shrink-0 pointer-coarse:min-h-10';
