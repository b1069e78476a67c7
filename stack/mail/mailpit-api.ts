import { z } from 'zod';
import type { Mailbox } from './mailbox.ts';
import type { MailAddress, MailAttachment, StoredMail } from './message.ts';
import { searchMail } from './search.ts';

/** An answer of the API: JSON, or bytes with their type. */
export type ApiAnswer =
  | { status: number; json: unknown }
  | { status: number; bytes: Buffer; contentType: string; fileName: string };

const notFound: ApiAnswer = { status: 404, json: { Error: 'message not found' } };
const selection = z.object({ IDs: z.array(z.string()).optional(), Read: z.boolean().optional() });

/**
 * The part of Mailpit's API that test suites and the page use, below `/api/v1/`. Mailpit is what the Supabase CLI runs
 * on this port.
 *
 * @returns undefined for a path or method that is not part of it.
 */
export async function answerApi(
  mailbox: Mailbox,
  method: string,
  url: URL,
  body: string,
): Promise<ApiAnswer | undefined> {
  const [resource, id, part, partId, ...rest] = url.pathname.slice('/api/v1/'.length).split('/');
  if (rest.length > 0) return undefined;
  if (resource === 'info' && method === 'GET') {
    return {
      status: 200,
      json: { Version: 'tandem', Messages: mailbox.list().length, Unread: unread(mailbox) },
    };
  }
  if (resource === 'search' && method === 'GET') {
    const found = searchMail(mailbox.list(), url.searchParams.get('query') ?? '');
    return { status: 200, json: listing(mailbox, found, url.searchParams) };
  }
  if (resource === 'messages' && id === undefined) return answerMessages(mailbox, method, url, body);
  if (resource === 'message' && id !== undefined && method === 'GET') {
    const mail = mailbox.get(id);
    if (!mail) return notFound;
    if (part === 'part' && partId !== undefined) return attachment(mail, partId);
    if (part !== undefined) return undefined;
    await mailbox.markRead([mail.id], true);
    return { status: 200, json: details(mail) };
  }
  return undefined;
}

async function answerMessages(
  mailbox: Mailbox,
  method: string,
  url: URL,
  body: string,
): Promise<ApiAnswer | undefined> {
  if (method === 'GET') return { status: 200, json: listing(mailbox, mailbox.list(), url.searchParams) };
  if (method !== 'DELETE' && method !== 'PUT') return undefined;
  const given = selection.safeParse(parseJson(body || '{}'));
  if (!given.success)
    return { status: 400, json: { Error: 'expected JSON with IDs, a list of message ids' } };
  const ids = given.data.IDs?.length ? given.data.IDs : mailbox.list().map((mail) => mail.id);
  if (method === 'DELETE') await mailbox.remove(ids);
  else await mailbox.markRead(ids, given.data.Read ?? false);
  return { status: 200, json: 'ok' };
}

function listing(mailbox: Mailbox, found: StoredMail[], parameters: URLSearchParams) {
  const start = count(parameters.get('start'), 0);
  const page = found.slice(start, start + count(parameters.get('limit'), 50));
  return {
    total: mailbox.list().length,
    unread: unread(mailbox),
    count: page.length,
    messages_count: found.length,
    messages_unread: found.filter((mail) => !mail.read).length,
    start,
    tags: [],
    messages: page.map((mail) => ({ ...head(mail), Snippet: mail.text.replace(/\s+/g, ' ').slice(0, 200) })),
  };
}

function head(mail: StoredMail) {
  return {
    ID: mail.id,
    MessageID: mail.messageId,
    Read: mail.read,
    From: person(mail.from),
    To: mail.to.map(person),
    Cc: mail.cc.map(person),
    Bcc: mail.bcc.map(person),
    ReplyTo: mail.replyTo.map(person),
    Subject: mail.subject,
    Created: mail.created,
    Tags: [],
    Size: mail.size,
    Attachments: mail.attachments.length,
  };
}

function details(mail: StoredMail) {
  const parts = mail.attachments.map(describeAttachment);
  return {
    ...head(mail),
    Date: mail.created,
    Text: mail.text,
    HTML: mail.html,
    Inline: parts.filter((part) => part.ContentID !== ''),
    Attachments: parts.filter((part) => part.ContentID === ''),
  };
}

function describeAttachment(file: MailAttachment, index: number) {
  return {
    PartID: String(index + 1),
    FileName: file.fileName,
    ContentType: file.contentType,
    ContentID: file.contentId,
    Size: file.size,
  };
}

function attachment(mail: StoredMail, partId: string): ApiAnswer {
  const file = mail.attachments[Number(partId) - 1];
  if (!file) return notFound;
  return {
    status: 200,
    bytes: Buffer.from(file.content, 'base64'),
    contentType: file.contentType,
    fileName: file.fileName,
  };
}

const person = ({ name, address }: MailAddress) => ({ Name: name, Address: address });
const unread = (mailbox: Mailbox): number => mailbox.list().filter((mail) => !mail.read).length;

function count(text: string | null, otherwise: number): number {
  return text !== null && /^\d{1,6}$/.test(text) ? Number(text) : otherwise;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
