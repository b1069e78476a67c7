import { htmlToText } from './html-to-text.ts';
import { Mailbox } from './mailbox.ts';
import { type SmtpReceiver, startSmtp } from './smtp.ts';
import { startMailWeb } from './web.ts';

export interface MailOptions {
  /** Port of the page and the API. */
  webPort: number;
  /** Port that takes mail by SMTP, 0 for any free one; no SMTP when not given. */
  smtpPort?: number | undefined;
  /** Folder that keeps the messages. */
  dir: string;
  /** Who Auth's messages come from. */
  sender?: { name: string; address: string };
  log?: (line: string) => void;
}

/** A message as the Auth server hands it over. */
interface OutgoingMail {
  to: string;
  subject: string;
  text?: string;
  html?: string;
}

export interface MailCatcher {
  /** Address of the page. */
  url: string;
  smtpPort: number | undefined;
  /** Takes a message without SMTP; an e-mail driver for `@supabase/lite`. */
  send(message: OutgoingMail): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Catches every mail the installation sends, instead of sending it, and shows it on a page.
 *
 * @throws StackError when a port is taken.
 */
export async function startMail(options: MailOptions): Promise<MailCatcher> {
  const log = options.log ?? (() => undefined);
  const sender = options.sender ?? { name: 'Tandem', address: 'no-reply@tandem.example' };
  const mailbox = await Mailbox.open(options.dir);
  const web = await startMailWeb(options.webPort, mailbox, log);
  let smtp: SmtpReceiver | undefined;
  try {
    if (options.smtpPort !== undefined)
      smtp = await startSmtp(options.smtpPort, (mail) => mailbox.add(mail), log);
  } catch (error) {
    await web.stop();
    throw error;
  }
  return {
    url: `http://127.0.0.1:${web.port}`,
    smtpPort: smtp?.port,
    send: async ({ to, subject, text = '', html = '' }) => {
      await mailbox.add({
        messageId: '',
        from: sender,
        to: [{ name: '', address: to }],
        cc: [],
        bcc: [],
        replyTo: [],
        subject,
        // Hosted Auth sends HTML only. The text that comes with it here is not the project's template.
        text: html === '' ? text : htmlToText(html),
        html,
        attachments: [],
      });
    },
    stop: async () => {
      await Promise.all([web.stop(), smtp?.stop()]);
      await mailbox.settled();
    },
  };
}
