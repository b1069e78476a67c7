import type { EmailDriver } from '@supabase/lite';
import type { ProjectConfig } from '../project-config.ts';
import { redirectOf } from './mail-redirect.ts';
import { fillSubject, fillTemplate, templateSource } from './mail-template.ts';
import type { OneTimeToken } from './one-time-token.ts';

export interface MailSettings {
  config: ProjectConfig;
  /** Address of the app, where links in mail lead. */
  siteUrl: string;
  email: EmailDriver;
}

/** What mail is about, as the link says; `signup` and `magiclink` have templates of other names. */
export type LinkType = 'signup' | 'magiclink' | 'recovery' | 'invite' | 'email_change';

/** Sends the mail that the auth server itself does not, by the project's templates with GoTrue's variables. */
export class Mailer {
  readonly config: ProjectConfig;
  readonly siteUrl: string;
  readonly #email: EmailDriver;

  constructor({ config, siteUrl, email }: MailSettings) {
    this.config = config;
    this.siteUrl = siteUrl;
    this.#email = email;
  }

  /** Sends one template to one address; the link leads on to where the present request wants. */
  async send(
    template: string,
    type: LinkType,
    address: string,
    token: OneTimeToken,
    more: Record<string, string> = {},
  ): Promise<void> {
    const redirectTo = redirectOf(this.siteUrl);
    const link = verificationUrl(this.siteUrl, token, type, redirectTo);
    const values = {
      ConfirmationURL: link,
      Token: token.code,
      TokenHash: token.hash,
      SiteURL: this.siteUrl,
      Email: address,
      RedirectTo: redirectTo,
      ...more,
    };
    const subject = this.config.auth.email.template[template]?.subject ?? 'A message from your account';
    await this.#email.send({
      to: address,
      subject: fillSubject(subject, values),
      text: link,
      html: fillTemplate(await templateSource(this.config, template), values),
    });
  }
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
