import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestStack, type TestStack } from '../../stack/testing.ts';
import { administrator, signedIn, visitor } from './support/clients.ts';
import { newestMail } from './support/mailbox.ts';

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack();
});
afterAll(() => stack?.stop());

const address = (): string => `${randomUUID()}@stack.example`;
const password = 'correct horse battery';
const next = (link: URL): string | null => link.searchParams.get('next');
const token = (link: URL): string => link.searchParams.get('token_hash') ?? '';

describe('a mailed link', () => {
  const target = 'http://127.0.0.1:3000/invitations/abc?new=1';

  test('leads where the request wants, whoever sends the mail', async () => {
    const invited = address();
    await administrator(stack).auth.admin.inviteUserByEmail(invited, { redirectTo: target });
    expect(next((await newestMail(stack, invited)).link)).toBe(target);

    const newcomer = address();
    await visitor(stack).auth.signUp({ email: newcomer, password, options: { emailRedirectTo: target } });
    expect(next((await newestMail(stack, newcomer)).link)).toBe(target);

    const { email } = await signedIn(stack);
    await visitor(stack).auth.signInWithOtp({
      email,
      options: { emailRedirectTo: target, shouldCreateUser: false },
    });
    expect(next((await newestMail(stack, email)).link)).toBe(target);
  });

  test('leads to the site when the address is not on the list, or none is given', async () => {
    for (const redirectTo of [
      'https://evil.example/',
      'http://127.0.0.1.evil.example:3000/',
      'nonsense',
      undefined,
    ]) {
      const email = address();
      await administrator(stack).auth.admin.inviteUserByEmail(email, { ...(redirectTo && { redirectTo }) });
      expect(next((await newestMail(stack, email)).link)).toBe('http://127.0.0.1:3000');
    }
  });
});

describe('signing up once invited', () => {
  test('sends the confirmation again and keeps the account as it is', async () => {
    const email = address();
    await administrator(stack).auth.admin.inviteUserByEmail(email, { data: { needs_password: true } });
    const signedUp = await visitor(stack).auth.signUp({ email, password });
    expect(signedUp).toMatchObject({ error: null, data: { session: null } });
    const { link } = await newestMail(stack, email);
    expect(link.searchParams.get('type')).toBe('email');
    const client = visitor(stack);
    const confirmed = await client.auth.verifyOtp({ type: 'email', token_hash: token(link) });
    expect(confirmed.data.user?.user_metadata).toMatchObject({ needs_password: true });
    // Whoever typed a password before the owner of the address confirmed it does not get in with it.
    expect((await visitor(stack).auth.signInWithPassword({ email, password })).error?.code).toBe(
      'invalid_credentials',
    );
  });
});

describe('changing the address', () => {
  test('takes both addresses, in either order', async () => {
    for (const order of ['present', 'new'] as const) {
      const person = await signedIn(stack);
      const wanted = address();
      const { data, error } = await person.client.auth.updateUser({ email: wanted.toUpperCase() });
      expect(error).toBeNull();
      expect(data.user).toMatchObject({ email: person.email, new_email: wanted });

      const inboxes = order === 'present' ? [person.email, wanted] : [wanted, person.email];
      const [first = '', last = ''] = await Promise.all(
        inboxes.map(async (inbox) => token((await newestMail(stack, inbox)).link)),
      );
      const browser = visitor(stack);
      const half = await browser.auth.verifyOtp({ type: 'email_change', token_hash: first });
      expect(half).toMatchObject({ error: null, data: { session: null } });
      expect((await visitor(stack).auth.signInWithPassword(person)).data.user?.email).toBe(person.email);
      expect((await browser.auth.verifyOtp({ type: 'email_change', token_hash: first })).error?.code).toBe(
        'otp_expired',
      );

      const done = await browser.auth.verifyOtp({ type: 'email_change', token_hash: last });
      expect(done.data.user?.email).toBe(wanted);
      const { password: known } = person;
      expect(
        (await visitor(stack).auth.signInWithPassword({ email: wanted, password: known })).error,
      ).toBeNull();
      expect((await visitor(stack).auth.signInWithPassword(person)).error?.code).toBe('invalid_credentials');
    }
  });

  test('is refused for an address that is taken or none, and replaced by a later one', async () => {
    const person = await signedIn(stack);
    const { email: taken } = await signedIn(stack);
    expect((await person.client.auth.updateUser({ email: taken })).error?.code).toBe('email_exists');
    expect((await person.client.auth.updateUser({ email: 'nobody' })).error?.code).toBe('validation_failed');
    const [first, second] = [address(), address()];
    await person.client.auth.updateUser({ email: first });
    const stale = await newestMail(stack, first);
    await person.client.auth.updateUser({ email: second, data: { first_name: 'Ann' } });
    expect(
      (await visitor(stack).auth.verifyOtp({ type: 'email_change', token_hash: token(stale.link) })).error
        ?.code,
    ).toBe('otp_expired');
  });
});
