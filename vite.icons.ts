/**
 * Lucide's icons as the markup they are. The package puts each together while the page runs, part by part, and hydrates every
 * part: half a millisecond an icon, and a page has dozens. What it is given is a size, a stroke width, a class and a label.
 */
import { readFile } from 'node:fs/promises';
import type { Plugin } from 'vite';

const iconFile = /@lucide\/svelte\/dist\/icons\/[\w-]+\.svelte$/;

type Part = [tag: string, attributes: Record<string, string>];

function markupOf([tag, attributes]: Part): string {
  const written = Object.entries(attributes).map(([name, value]) => `${name}="${value}"`);
  return `<${tag} ${written.join(' ')} />`;
}

function componentOf(parts: Part[]): string {
  return `<script>
  let { size = 24, strokeWidth = 2, class: className, 'aria-label': label } = $props();
</script>
<svg
  xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-linecap="round"
  stroke-linejoin="round" width={size} height={size} stroke-width={strokeWidth} class={className}
  aria-label={label} aria-hidden={label ? undefined : 'true'}
>${parts.map(markupOf).join('')}</svg>`;
}

export function plainIcons(): Plugin {
  return {
    name: 'plain-icons',
    enforce: 'pre',
    async load(id) {
      if (!iconFile.test(id)) return null;
      const data = /^const iconData = (.*);$/m.exec(await readFile(id, 'utf8'))?.[1];
      if (data === undefined)
        throw new Error(`${id} is not written as Lucide's icons were: see vite.icons.ts.`);
      const { node }: { node: Part[] } = JSON.parse(data);
      return componentOf(node);
    },
  };
}
