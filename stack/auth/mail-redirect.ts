import { AsyncLocalStorage } from 'node:async_hooks';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EmailDriver } from '@supabase/lite';
import type { ProjectConfig } from '../project-config.ts';
import { fillTemplate, templateSource } from './mail-template.ts';

/**
 * Where the person goes after following a mailed link: `redirect_to` of the request that caused the mail, when it is on
 * the project's list. The auth server knows the site's address only, so its templates keep a name that it does not
 * know, which is filled in when the mail is handed over, in the same request.
 */
const redirectOfRequest = new AsyncLocalStorage<string>();
const nameInTemplates = 'RedirectOfRequest';

/** Runs a request of auth; mail it causes leads where the request says. */
export function withRedirect<Result>(redirectTo: string, work: () => Result): Result {
  return redirectOfRequest.run(redirectTo, work);
}

/** Where mail of the present request leads. */
export function redirectOf(siteUrl: string): string {
  return redirectOfRequest.getStore() ?? siteUrl;
}

/** Copies of the templates in which the redirect is left open, as settings for the auth server. */
export async function openTemplates(
  config: ProjectConfig,
  folder: string,
): Promise<Record<string, { subject?: string; content_path?: string }>> {
  await mkdir(folder, { recursive: true });
  const copies = Object.entries(config.auth.email.template).map(async ([kind, template]) => {
    if (!template.content_path) return [kind, template] as const;
    const source = await templateSource(config, kind);
    const path = join(folder, `${kind}.html`);
    await writeFile(path, source.replaceAll(/\{\{\s*\.RedirectTo\s*\}\}/g, `{{ .${nameInTemplates} }}`));
    return [kind, { ...template, content_path: path }] as const;
  });
  return Object.fromEntries(await Promise.all(copies));
}

/** Fills in the redirect of mail that the auth server sends. */
export function redirecting(mail: EmailDriver, siteUrl: string): EmailDriver {
  return {
    send: (message) => {
      const values = { [nameInTemplates]: redirectOf(siteUrl) };
      return mail.send({ ...message, ...(message.html && { html: fillTemplate(message.html, values) }) });
    },
  };
}

/** The address given, if the project allows it, as GoTrue matches: `*` stays within a part, `**` does not. */
export function allowedRedirect(
  config: ProjectConfig,
  siteUrl: string,
  given: string | null | undefined,
): string {
  if (!given || !URL.canParse(given)) return siteUrl;
  const patterns = [`${siteUrl}/**`, siteUrl, ...config.auth.additional_redirect_urls];
  return patterns.some((pattern) => globExpression(pattern).test(given)) ? given : siteUrl;
}

function globExpression(pattern: string): RegExp {
  const parts = pattern.split(/(\*\*|\*|\?)/).map((part) => {
    if (part === '**') return '.*';
    if (part === '*') return '[^./]*';
    if (part === '?') return '[^./]';
    return part.replaceAll(/[$()+.[\\\]^{|}]/g, String.raw`\$&`);
  });
  return new RegExp(`^${parts.join('')}$`, 'u');
}
