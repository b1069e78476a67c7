import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestStack, type TestStack } from '../../stack/testing.ts';
import { administrator, type Person, signedIn, visitor } from './support/clients.ts';

let stack: TestStack;
let ann: Person;
let ben: Person;

/** Everybody has a folder of their own in `papers`. */
const policies = `
  create policy papers_select_own on storage.objects for select to authenticated
    using (bucket_id = 'papers' and (storage.foldername(objects.name))[1] = (select auth.uid())::text);
  create policy papers_insert_own on storage.objects for insert to authenticated
    with check (bucket_id = 'papers' and (storage.foldername(objects.name))[1] = (select auth.uid())::text);
  create policy papers_delete_own on storage.objects for delete to authenticated
    using (bucket_id = 'papers' and (storage.foldername(objects.name))[1] = (select auth.uid())::text);
`;

beforeAll(async () => {
  stack = await startTestStack();
  const { storage } = administrator(stack);
  const papers = await storage.createBucket('papers', {
    public: false,
    fileSizeLimit: 1_000,
    allowedMimeTypes: ['text/plain', 'image/png'],
  });
  const posters = await storage.createBucket('posters', { public: true });
  expect([papers.error, posters.error]).toEqual([null, null]);
  const client = new pg.Client({ connectionString: stack.postgresUrl });
  await client.connect();
  await client.query(policies);
  await client.end();
  [ann, ben] = await Promise.all([signedIn(stack), signedIn(stack)]);
});
afterAll(() => stack.stop());

const papersOf = (person: Person) => person.client.storage.from('papers');
const text = (content: string): Blob => new Blob([content], { type: 'text/plain' });

describe('an object', () => {
  test('is uploaded, listed, downloaded, moved and removed by its owner', async () => {
    const path = `${ann.id}/my letter.txt`;
    expect((await papersOf(ann).upload(path, text('Dear Ben'))).error).toBeNull();
    const listed = await papersOf(ann).list(ann.id);
    expect(listed.data).toMatchObject([{ metadata: { size: 8, mimetype: 'text/plain' } }]);
    const downloaded = await papersOf(ann).download(path);
    expect(await downloaded.data?.text()).toBe('Dear Ben');
    expect(downloaded.data?.type).toContain('text/plain');
    const removed = await papersOf(ann).remove([path]);
    expect(removed.data).toHaveLength(1);
    expect((await papersOf(ann).download(path)).error).not.toBeNull();
  });

  test('keeps every byte', async () => {
    const bytes = Uint8Array.from({ length: 900 }, (_, index) => index % 256);
    const path = `${ann.id}/bytes.png`;
    await papersOf(ann).upload(path, new Blob([bytes], { type: 'image/png' }));
    const { data } = await papersOf(ann).download(path);
    expect(new Uint8Array((await data?.arrayBuffer()) ?? new ArrayBuffer())).toEqual(bytes);
  });

  test('is hidden from others, who may not write beside it either', async () => {
    const path = `${ann.id}/secret.txt`;
    await papersOf(ann).upload(path, text('secret'));
    expect((await papersOf(ben).download(path)).error).not.toBeNull();
    expect((await visitor(stack).storage.from('papers').download(path)).error).not.toBeNull();
    expect((await papersOf(ben).list(ann.id)).data).toEqual([]);
    expect((await papersOf(ben).upload(`${ann.id}/mine.txt`, text('x'))).error?.message).toContain(
      'row-level security',
    );
    expect((await papersOf(ben).remove([path])).data).toEqual([]);
    expect((await administrator(stack).storage.from('papers').download(path)).error).toBeNull();
  });

  test('is lent out by a signed address, which forged or expired opens nothing', async () => {
    const path = `${ann.id}/lent.txt`;
    await papersOf(ann).upload(path, text('lent'));
    const signed = await papersOf(ann).createSignedUrl(path, 60);
    const url = signed.data?.signedUrl ?? '';
    const opened = await fetch(url);
    expect({ status: opened.status, body: await opened.text() }).toEqual({ status: 200, body: 'lent' });
    expect((await fetch(`${url}x`)).status).toBe(400);
    expect((await fetch(url.replace(/token=.*/, 'token=nope'))).status).toBe(400);
    expect((await papersOf(ben).createSignedUrl(path, 60)).error).not.toBeNull();
  });

  test('is uploaded through an address signed beforehand, by whoever has it', async () => {
    const path = `${ann.id}/handed-in.txt`;
    const signed = await papersOf(ann).createSignedUploadUrl(path);
    expect(signed.error).toBeNull();
    const papers = visitor(stack).storage.from('papers');
    const uploaded = await papers.uploadToSignedUrl(path, signed.data?.token ?? '', text('handed in'));
    expect(uploaded.error).toBeNull();
    expect(await (await papersOf(ann).download(path)).data?.text()).toBe('handed in');
    expect((await papers.uploadToSignedUrl(path, 'forged', text('x'))).error).not.toBeNull();
    const many = await papersOf(ann).createSignedUrls([path, 'none.txt'], 60);
    expect(many.data?.map(({ signedUrl }) => signedUrl !== null)).toEqual([true, false]);
  });

  test('of a public bucket is open to all', async () => {
    const { storage } = administrator(stack);
    await storage.from('posters').upload('fair.txt', text('come'));
    const { data } = visitor(stack).storage.from('posters').getPublicUrl('fair.txt');
    expect(await (await fetch(data.publicUrl)).text()).toBe('come');
  });
});

describe('what a browser is given', () => {
  const open = async (name: string, content: string, type: string, query = '') => {
    const posters = administrator(stack).storage.from('posters');
    await posters.upload(name, new Blob([content], { type }), { upsert: true, contentType: type });
    const { data } = posters.getPublicUrl(name);
    const { headers } = await fetch(data.publicUrl + query);
    return {
      type: headers.get('content-type'),
      guess: headers.get('x-content-type-options'),
      policy: headers.get('content-security-policy'),
      disposition: headers.get('content-disposition'),
    };
  };
  const harmless = { guess: 'nosniff', policy: "default-src 'none'; sandbox" };

  test('is no page: nothing in a file runs a script, and what could is saved', async () => {
    const script = '<script>alert(1)</script>';
    expect(await open('page.html', script, 'text/html')).toMatchObject({
      ...harmless,
      type: 'text/plain; charset=utf-8',
    });
    for (const type of [
      'image/svg+xml',
      'application/xhtml+xml',
      'application/pdf+xml',
      'application/pdf, text/html',
      'video/mp4+xml',
      'text/javascript',
      'x/y',
    ])
      expect(await open('active', script, type), type).toMatchObject({
        ...harmless,
        disposition: 'attachment',
      });
  });

  test('is shown where it is a picture, text or a PDF, and saved under a name on request', async () => {
    expect(await open('a.png', 'x', 'image/png')).toEqual({
      ...harmless,
      type: 'image/png',
      disposition: null,
    });
    expect(await open('a.pdf', 'x', 'application/pdf')).toEqual({
      type: 'application/pdf',
      guess: 'nosniff',
      policy: null,
      disposition: null,
    });
    const named = await open('a.png', 'x', 'image/png', `?download=${encodeURIComponent('Ann’s (1).png')}`);
    expect(named.disposition).toBe("attachment; filename*=UTF-8''Ann%E2%80%99s%20%281%29.png");
    expect((await open('a.png', 'x', 'image/png', '?download=')).disposition).toBe('attachment');
  });
});

describe('a request', () => {
  const ask = async (method: string, path: string, body: unknown) => {
    const answer = await fetch(`${stack.url}/storage/v1/object/${path}`, {
      method,
      headers: { apikey: stack.secretKey, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { status: answer.status, ...((await answer.json()) as object) };
  };

  test('names at most a thousand objects', async () => {
    const names = Array.from({ length: 1_001 }, (_, number) => `none/${number}`);
    const message = 'Name at most 1000 objects at once';
    expect(await ask('DELETE', 'posters', { prefixes: names })).toMatchObject({ status: 400, message });
    expect(await ask('POST', 'sign/posters', { paths: names, expiresIn: 60 })).toMatchObject({
      status: 400,
      message,
    });
    expect(await ask('DELETE', 'posters', { prefixes: names.slice(1) })).toMatchObject({ status: 200 });
  });

  test('of an order that is none is refused in words', async () => {
    const sortBy = { column: 'name', order: 'x; drop table y' };
    expect(await ask('POST', 'list/posters', { prefix: '', sortBy })).toMatchObject({
      status: 400,
      message: 'sortBy.order is asc or desc',
    });
  });

  test('to move what one may only read is refused', async () => {
    const path = `${ann.id}/stays.txt`;
    await papersOf(ann).upload(path, text('stays'));
    for (const person of [ann, ben]) {
      const moved = await papersOf(person).move(path, `${ben.id}/gone.txt`);
      expect(moved.error).toMatchObject({ statusCode: expect.stringMatching(/^4/) });
    }
    expect((await papersOf(ann).download(path)).error).toBeNull();
  });
});

describe('an upload', () => {
  const big = (): Blob => text('x'.repeat(1_001));
  test('over the limit of the bucket is refused, announced or not', async () => {
    const announced = await papersOf(ann).upload(`${ann.id}/big.txt`, big());
    expect(announced.error).toMatchObject({ statusCode: '413' });
    const streamed = await papersOf(ann).upload(`${ann.id}/big.txt`, big().stream(), {
      contentType: 'text/plain',
      duplex: 'half',
    });
    expect(streamed.error).toMatchObject({ statusCode: '413' });
    expect((await papersOf(ann).list(ann.id, { search: 'big' })).data).toEqual([]);
  });

  test('over the limit of the project is refused before it is read', async () => {
    const response = await fetch(`${stack.url}/storage/v1/object/posters/huge`, {
      method: 'POST',
      headers: { apikey: stack.secretKey, 'content-type': 'text/plain' },
      body: new Uint8Array(52 * 2 ** 20),
    });
    expect(response.status).toBe(413);
  });

  test.each([
    [
      'of a kind the bucket does not take',
      () => papersOf(ann).upload(`${ann.id}/x.gif`, new Blob(['x'], { type: 'image/gif' })),
      '415',
    ],
    ['to a bucket that does not exist', () => ann.client.storage.from('nope').upload('x', text('x')), '404'],
    ['with a path that climbs out', () => papersOf(ann).upload(`${ann.id}/..%2f..%2fx`, text('x')), '400'],
  ])('%s is refused', async (_, upload, statusCode) => {
    expect((await upload()).error).toMatchObject({ statusCode });
  });

  test('of a name that is taken is refused unless it replaces', async () => {
    const { storage } = administrator(stack);
    const posters = storage.from('posters');
    await posters.upload('taken.txt', text('one'));
    expect((await posters.upload('taken.txt', text('two'))).error).toMatchObject({ statusCode: '409' });
    expect((await posters.upload('taken.txt', text('three'), { upsert: true })).error).toBeNull();
    expect(await (await posters.download('taken.txt')).data?.text()).toBe('three');
  });
});

test('buckets belong to administrators', async () => {
  expect((await ann.client.storage.createBucket('mine')).error).not.toBeNull();
  expect((await ann.client.storage.deleteBucket('papers')).error).not.toBeNull();
  expect((await visitor(stack).storage.listBuckets()).data).toEqual([]);
});

test.each([
  ['malformed JSON', 'POST', '/bucket', '{bad'],
  ['a bucket name with a slash', 'POST', '/bucket', '{"name":"../x","id":"../x"}'],
  ['a listing sorted by nothing', 'POST', '/object/list/posters', '{"prefix":"","sortBy":{"column":"x; y"}}'],
  ['a listing of the wrong form', 'POST', '/object/list/posters', '{"prefix":["a"]}'],
  ['a negative page', 'POST', '/object/list/posters', '{"prefix":"","limit":-1}'],
  ['a NUL character', 'POST', '/object/posters/a%00b', 'x'],
])('%s is refused', async (_, method, path, body) => {
  const response = await fetch(`${stack.url}/storage/v1${path}`, {
    method,
    headers: { apikey: stack.secretKey, 'content-type': 'application/json' },
    body,
  });
  expect(response.status).toBe(400);
});
