import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type MailCatcher, startMail } from '../../stack/mail/mail.ts';
import { freePort } from '../../stack/shared/ports.ts';

let mail: MailCatcher;
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tandem-mail-'));
  mail = await startMail({ webPort: await freePort(), smtpPort: 0, dir });
});

afterEach(async () => {
  await mail.stop();
  await rm(dir, { recursive: true, force: true });
});

interface Listing {
  total: number;
  unread: number;
  count: number;
  messages: { ID: string; Subject: string; To: { Address: string }[]; Snippet: string; Read: boolean }[];
}

interface Details {
  ID: string;
  Subject: string;
  Text: string;
  HTML: string;
  From: { Name: string; Address: string };
  To: { Name: string; Address: string }[];
  Bcc: { Address: string }[];
  Attachments: { PartID: string; FileName: string; Size: number }[];
}

async function get<Body>(path: string, init?: RequestInit): Promise<Body> {
  const response = await fetch(mail.url + path, init);
  expect(response.status).toBe(200);
  return (await response.json()) as Body;
}

/** Speaks SMTP by hand, one line for each step. */
function smtp(lines: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(mail.smtpPort ?? 0, '127.0.0.1');
    let conversation = '';
    let next = 0;
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      conversation += chunk;
      if (!/^\d{3} .*\r\n$/m.test(chunk)) return;
      const line = lines[next++];
      if (next > lines.length + 1) return;
      if (line === undefined) socket.end('QUIT\r\n');
      else socket.write(`${line}\r\n`);
    });
    socket.on('close', () => resolve(conversation));
    socket.on('error', reject);
  });
}

const envelope = (recipient: string) => [
  'EHLO test',
  'MAIL FROM:<app@example.org>',
  `RCPT TO:<${recipient}>`,
  'DATA',
];

describe('mail from Auth', () => {
  it('is listed newest first and shown with text made from its HTML', async () => {
    await mail.send({ to: 'amira@tandem.example', subject: 'First', html: '<p>Hello</p>' });
    await mail.send({
      to: 'jonas@tandem.example',
      subject: 'Confirm',
      text: 'the standard text',
      html: '<p>Please <a href="http://127.0.0.1:3000/auth/confirm?a=1&amp;b=2">confirm</a></p>',
    });
    const list = await get<Listing>('/api/v1/messages');
    expect(list).toMatchObject({ total: 2, unread: 2, count: 2 });
    expect(list.messages.map((message) => message.Subject)).toEqual(['Confirm', 'First']);

    const details = await get<Details>(`/api/v1/message/${list.messages[0]?.ID}`);
    expect(details).toMatchObject({
      Subject: 'Confirm',
      To: [{ Name: '', Address: 'jonas@tandem.example' }],
      Text: 'Please confirm: http://127.0.0.1:3000/auth/confirm?a=1&b=2',
    });
    expect((await get<Listing>('/api/v1/messages')).unread).toBe(1);
    expect((await get<Details>('/api/v1/message/latest')).Subject).toBe('Confirm');
  });

  it('is found by words and by field', async () => {
    await mail.send({ to: 'amira@tandem.example', subject: 'Welcome', text: 'Your first day' });
    await mail.send({ to: 'jonas@tandem.example', subject: 'Reset', text: 'A new password for Amira' });
    const subjects = async (query: string) =>
      (await get<Listing>(`/api/v1/search?query=${encodeURIComponent(query)}`)).messages.map(
        ({ Subject }) => Subject,
      );
    expect(await subjects('amira')).toEqual(['Reset', 'Welcome']);
    expect(await subjects('to:amira')).toEqual(['Welcome']);
    expect(await subjects('subject:reset "new password"')).toEqual(['Reset']);
    expect(await subjects('to:nobody')).toEqual([]);
  });

  it('is deleted one by one or all at once', async () => {
    for (const subject of ['a', 'b', 'c']) await mail.send({ to: 'x@y.example', subject, text: subject });
    const { messages } = await get<Listing>('/api/v1/messages');
    await get('/api/v1/messages', { method: 'DELETE', body: JSON.stringify({ IDs: [messages[1]?.ID] }) });
    expect((await get<Listing>('/api/v1/messages')).messages.map(({ Subject }) => Subject)).toEqual([
      'c',
      'a',
    ]);
    await get('/api/v1/messages', { method: 'DELETE' });
    expect((await get<Listing>('/api/v1/messages')).total).toBe(0);
    expect(await readdir(dir)).toEqual([]);
  });

  it('outlives a restart, readable by its owner only', async () => {
    await mail.send({ to: 'amira@tandem.example', subject: 'Kept', text: 'x' });
    await mail.stop();
    const [file = ''] = await readdir(dir);
    expect((await stat(join(dir, file))).mode & 0o077).toBe(0);
    mail = await startMail({ webPort: await freePort(), dir });
    expect((await get<Listing>('/api/v1/messages')).messages[0]?.Subject).toBe('Kept');
  });

  it('is limited to the newest 500', async () => {
    for (let n = 1; n <= 505; n++) await mail.send({ to: 'x@y.example', subject: `n${n}`, text: '' });
    const list = await get<Listing>('/api/v1/messages?start=498&limit=10');
    expect(list.total).toBe(500);
    expect(list.messages.map(({ Subject }) => Subject)).toEqual(['n7', 'n6']);
    expect(await readdir(dir)).toHaveLength(500);
  });
});

describe('mail by SMTP', () => {
  it('is read with names, parts and files', async () => {
    const source = [
      'From: "Nadia, Sales" <nadia@example.org>',
      'To: Jonas <jonas@example.org>',
      'Subject: =?utf-8?B?w4RtaXI=?=',
      'MIME-Version: 1.0',
      'Content-Type: multipart/mixed; boundary=b',
      '',
      '--b',
      'Content-Type: text/html; charset=utf-8',
      '',
      '<p>See the file</p>',
      '--b',
      'Content-Type: text/plain',
      'Content-Disposition: attachment; filename="note.txt"',
      'Content-Transfer-Encoding: base64',
      '',
      Buffer.from('attached words').toString('base64'),
      '--b--',
      '.',
    ].join('\r\n');
    const recipients = [
      'EHLO test',
      'MAIL FROM:<nadia@example.org>',
      'RCPT TO:<jonas@example.org>',
      'RCPT TO:<secret@example.org>',
      'DATA',
    ];
    expect(await smtp([...recipients, source])).toContain('250 ');
    const details = await get<Details>('/api/v1/message/latest');
    expect(details).toMatchObject({
      Subject: 'Ämir',
      From: { Name: 'Nadia, Sales', Address: 'nadia@example.org' },
      To: [{ Name: 'Jonas', Address: 'jonas@example.org' }],
      Bcc: [{ Address: 'secret@example.org' }],
      Text: 'See the file',
      Attachments: [{ PartID: '1', FileName: 'note.txt', Size: 14 }],
    });
    const file = await fetch(`${mail.url}/api/v1/message/${details.ID}/part/1`);
    expect(file.headers.get('content-disposition')).toContain('attachment');
    expect(await file.text()).toBe('attached words');
  });

  it('survives what is no message', async () => {
    await smtp(['EHLO test', 'nonsense', 'MAIL FROM:<>', 'RCPT TO:<not an address>']);
    await smtp([...envelope('a@b.example'), '\u0000\u0001 no head, no body\r\n.']);
    expect((await get<Listing>('/api/v1/messages')).total).toBeLessThanOrEqual(1);
  });

  it('refuses a message that is too long', async () => {
    const line = 'x'.repeat(998);
    const conversation = await smtp([
      ...envelope('a@b.example'),
      `\r\n${Array<string>(11_000).fill(line).join('\r\n')}\r\n.`,
    ]);
    expect(conversation).toContain('552 ');
    expect((await get<Listing>('/api/v1/messages')).total).toBe(0);
  });
});

describe('the page', () => {
  /** A request with headers that `fetch` would not let us set. */
  const status = (path: string, headers: Record<string, string>, method = 'GET'): Promise<number> =>
    new Promise((resolve, reject) => {
      const request = httpRequest(mail.url + path, { method, headers }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      request.on('error', reject);
      request.end();
    });

  it('loads nothing from elsewhere', async () => {
    for (const path of ['/', '/mail.css', '/mail.js']) {
      const response = await fetch(mail.url + path);
      expect(response.status).toBe(200);
      expect(await response.text()).not.toMatch(/https?:\/\//);
    }
    expect((await fetch(mail.url)).headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  it('shows HTML sandboxed, with links that open in a new tab', async () => {
    await mail.send({ to: 'x@y.example', subject: 's', html: '<script>alert(1)</script><p>hi</p>' });
    const view = await fetch(`${mail.url}/view/latest.html`);
    expect(view.headers.get('content-security-policy')).toMatch(
      /^sandbox allow-popups allow-popups-to-escape-sandbox;/,
    );
    expect(await view.text()).toMatch(/^<base target="_blank">/);
    expect((await fetch(`${mail.url}/view/latest.txt`)).headers.get('content-type')).toContain('text/plain');
  });

  it('tells of new mail at once', async () => {
    const events = await fetch(`${mail.url}/api/events`);
    const reader = events.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toContain('connected');
    await mail.send({ to: 'x@y.example', subject: 's', text: 't' });
    expect((await reader?.read())?.value).toContain('data: change');
    await reader?.cancel();
  });

  it('answers neither to a foreign name nor to a foreign site', async () => {
    const { host, port } = new URL(mail.url);
    expect(await status('/', { host })).toBe(200);
    expect(await status('/', { host: `localhost:${port}` })).toBe(200);
    expect(await status('/', { host: `evil.example:${port}` })).toBe(403);
    expect(await status('/', { host: '127.0.0.1:80' })).toBe(403);
    expect(await status('/api/v1/messages', { host, origin: 'http://evil.example' }, 'DELETE')).toBe(403);
    expect(
      await status('/api/v1/messages', { host, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }),
    ).toBe(403);
    expect(await status('/api/v1/messages', { host, origin: `http://${host}` }, 'DELETE')).toBe(200);
  });

  it('answers what it does not know with 404 and what it cannot read with 400', async () => {
    for (const path of [
      '/nothing',
      '/api/v1/nothing',
      '/api/v1/message/none',
      '/view/none.html',
      '/../mail.ts',
      '//x',
    ]) {
      expect(await status(path, { host: new URL(mail.url).host })).toBe(404);
    }
    const broken = await fetch(`${mail.url}/api/v1/messages`, { method: 'DELETE', body: '{"IDs": 3' });
    expect(broken.status).toBe(400);
  });
});

it('says which port is taken', async () => {
  const webPort = Number(new URL(mail.url).port);
  await expect(startMail({ webPort, dir })).rejects.toThrow(`Port ${webPort} is taken`);
  await expect(startMail({ webPort: await freePort(), smtpPort: mail.smtpPort ?? 0, dir })).rejects.toThrow(
    'is taken',
  );
});
