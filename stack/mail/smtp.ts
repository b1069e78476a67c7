import PostalMime, { type Address } from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import { StackError } from '../shared/stack-error.ts';
import { htmlToText } from './html-to-text.ts';
import type { IncomingMail, MailAddress } from './message.ts';

const longestMessageBytes = 10 * 1024 * 1024;

export interface SmtpReceiver {
  port: number;
  stop(): Promise<void>;
}

/**
 * Takes mail over SMTP on loopback from anything that sends: any sender, any recipient, any password, no encryption.
 *
 * @throws StackError when the port is taken.
 */
export async function startSmtp(
  port: number,
  deliver: (mail: IncomingMail) => Promise<unknown>,
  log: (line: string) => void,
): Promise<SmtpReceiver> {
  const server = new SMTPServer({
    authOptional: true,
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS'],
    size: longestMessageBytes,
    banner: 'Tandem catches this mail',
    disableReverseLookup: true,
    onAuth: (_credentials, _session, done) => done(null, { user: 'anybody' }),
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      let size = 0;
      stream.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size <= longestMessageBytes) chunks.push(chunk);
      });
      stream.on('end', () => {
        if (size > longestMessageBytes) {
          done(Object.assign(new Error('Message exceeds 10 MB'), { responseCode: 552 }));
          return;
        }
        const envelope = session.envelope.rcptTo.map(({ address }) => address);
        parseMail(Buffer.concat(chunks), envelope)
          .then(deliver)
          .then(() => done(null))
          .catch((error: unknown) => {
            log(`mail: a message could not be kept: ${String(error)}`);
            done(Object.assign(new Error('The message could not be kept'), { responseCode: 451 }));
          });
      });
    },
  });
  server.on('error', (error) => log(`mail: ${error.message}`));
  await new Promise<void>((resolve, reject) => {
    server.server.once('error', () => {
      reject(new StackError(`Port ${port} is taken, so mail cannot be received by SMTP: choose another.`));
    });
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.server.address();
  return {
    port: typeof address === 'object' && address ? address.port : port,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** Reads a MIME message; who is in the envelope but not in the head got a blind copy. */
async function parseMail(source: Uint8Array, envelope: string[]): Promise<IncomingMail> {
  const mail = await PostalMime.parse(source, { attachmentEncoding: 'base64' });
  const to = people(mail.to);
  const cc = people(mail.cc);
  const named = new Set([...to, ...cc].map(({ address }) => address.toLowerCase()));
  const html = mail.html ?? '';
  return {
    messageId: (mail.messageId ?? '').replace(/^<|>$/g, ''),
    from: people(mail.from ? [mail.from] : [])[0] ?? { name: '', address: '' },
    to,
    cc,
    bcc: envelope
      .filter((address) => !named.has(address.toLowerCase()))
      .map((address) => ({ name: '', address })),
    replyTo: people(mail.replyTo),
    subject: mail.subject ?? '',
    text: mail.text ?? htmlToText(html),
    html,
    attachments: mail.attachments.map((attachment) => {
      const content = String(attachment.content);
      return {
        fileName: attachment.filename ?? 'unnamed',
        contentType: attachment.mimeType,
        contentId: (attachment.contentId ?? '').replace(/^<|>$/g, ''),
        size: Buffer.byteLength(content, 'base64'),
        content,
      };
    }),
  };
}

/** Groups are dissolved into their members. */
function people(addresses: Address[] | undefined): MailAddress[] {
  return (addresses ?? []).flatMap((entry) =>
    entry.group
      ? entry.group.map(({ name, address }) => ({ name, address: address ?? '' }))
      : [{ name: entry.name, address: entry.address ?? '' }],
  );
}
