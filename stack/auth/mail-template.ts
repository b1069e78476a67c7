import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProjectConfig } from '../project-config.ts';
import { projectRoot } from '../shared/paths.ts';

export type TemplateValues = Record<string, string>;

/**
 * Fills a mail template as Go's html/template does: a value in the query of a link is percent-encoded, anywhere else it
 * is escaped for HTML. Names that `values` lacks stay as they are.
 */
export function fillTemplate(source: string, values: TemplateValues): string {
  return source.replaceAll(/\{\{\s*\.(\w+)\s*\}\}/g, (placeholder, name: string, at: number) => {
    const value = values[name];
    if (value === undefined) return placeholder;
    return /href="[^"]*\?[^"]*$/.test(source.slice(0, at)) ? encodeURIComponent(value) : escapeHtml(value);
  });
}

/** The subject of a kind of mail; plain text, nothing is escaped. */
export function fillSubject(source: string, values: TemplateValues): string {
  return source.replaceAll(/\{\{\s*\.(\w+)\s*\}\}/g, (_, name: string) => values[name] ?? '');
}

/** The project's template of a kind of mail, or a line with a link when it has none. */
export async function templateSource(config: ProjectConfig, kind: string): Promise<string> {
  const path = config.auth.email.template[kind]?.content_path;
  return path
    ? readFile(join(projectRoot, path), 'utf8')
    : '<p><a href="{{ .ConfirmationURL }}">{{ .Email }}</a></p>';
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
