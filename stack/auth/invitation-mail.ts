import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EmailDriver } from '@supabase/lite';
import type { ProjectConfig } from '../project-config.ts';
import { projectRoot } from '../shared/paths.ts';
import type { OneTimeToken } from './one-time-token.ts';

export interface InvitationMailer {
  config: ProjectConfig;
  siteUrl: string;
  email: EmailDriver;
}

/** Address that verifies a token and leads on to the app. */
export function verificationUrl(
  siteUrl: string,
  token: OneTimeToken,
  type: string,
  redirectTo: string,
): string {
  const url = new URL('/auth/v1/verify', siteUrl);
  url.search = new URLSearchParams({ token: token.hash, type, redirect_to: redirectTo }).toString();
  return url.href;
}

/** Sends an invitation by the project's template; its variables are those of GoTrue. */
export async function sendInvitation(
  mailer: InvitationMailer,
  address: string,
  token: OneTimeToken,
): Promise<void> {
  const template = mailer.config.auth.email.template['invite'];
  const link = verificationUrl(mailer.siteUrl, token, 'invite', mailer.siteUrl);
  const values: Record<string, string> = {
    ConfirmationURL: link,
    Token: token.code,
    TokenHash: token.hash,
    SiteURL: mailer.siteUrl,
    Email: address,
    RedirectTo: mailer.siteUrl,
  };
  const path = template?.content_path;
  const source = path
    ? await readFile(join(projectRoot, path), 'utf8')
    : '<p><a href="{{ .ConfirmationURL }}">Accept the invitation</a></p>';
  const fill = (text: string, encode: (value: string) => string): string =>
    text.replaceAll(/\{\{\s*\.(\w+)\s*\}\}/g, (_, name: string) => encode(values[name] ?? ''));
  await mailer.email.send({
    to: address,
    subject: fill(template?.subject ?? 'You have been invited', String),
    text: `You have been invited. Accept with this link: ${link}`,
    html: fill(source, escapeHtml),
  });
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
