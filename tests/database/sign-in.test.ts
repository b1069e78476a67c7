import { createHash, randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { useDatabase, type Requester } from './support/database.ts';
import { signUp, type Person } from './support/fixtures.ts';

const database = useDatabase();
const server = (): Requester => database().as({ role: 'service_role' });

const digest = (email: string): string => createHash('sha256').update(email).digest('hex');
const someone = (): string => digest(`${randomUUID()}@tandem.example`);
let lastAddress = 0;
const somewhere = (): string => `198.51.${Math.floor(++lastAddress / 250)}.${lastAddress % 250}`;

interface Answer {
  attempt_id: number | null;
  retry_after: number | null;
}

async function begin(account: string, address: string | null, limited = true): Promise<Answer> {
  const { answer } = await server().row<{ answer: Answer }>('select begin_sign_in($1, $2, $3) as answer', [
    account,
    address,
    limited,
  ]);
  return answer;
}

async function attempt(account: string, address: string | null, outcome: string): Promise<Answer> {
  const answer = await begin(account, address);
  if (answer.attempt_id !== null)
    await server().rows('select finish_sign_in($1, $2)', [answer.attempt_id, outcome]);
  return answer;
}

async function fail(times: number, account: () => string, address: () => string | null): Promise<void> {
  for (let count = 0; count < times; count++) {
    expect((await attempt(account(), address(), 'failed')).retry_after).toBeNull();
  }
}

describe('signing in', () => {
  it('is refused after five failures of an account, wherever they came from, for 15 minutes', async () => {
    const account = someone();
    await fail(5, () => account, somewhere);
    const refused = await attempt(account, somewhere(), 'failed');
    expect(refused.attempt_id).toBeNull();
    expect(refused.retry_after).toBeGreaterThan(14 * 60);
    expect(refused.retry_after).toBeLessThanOrEqual(15 * 60);
    expect((await attempt(someone(), somewhere(), 'failed')).retry_after).toBeNull();
  });

  it('is refused after five failures from an address, whatever account was named', async () => {
    const address = somewhere();
    await fail(5, someone, () => address);
    expect((await begin(someone(), address)).retry_after).toBeGreaterThan(0);
    expect((await begin(someone(), somewhere())).retry_after).toBeNull();
  });

  it('takes an IPv6 network for one address, and an IPv4 address in IPv6 clothes for itself', async () => {
    let host = 0;
    await fail(5, someone, () => `2001:db8:1:2::${++host}`);
    expect((await begin(someone(), '2001:db8:1:2:aaaa::1')).retry_after).toBeGreaterThan(0);
    expect((await begin(someone(), '2001:db8:1:3::1')).retry_after).toBeNull();
    const address = somewhere();
    await fail(5, someone, () => `::ffff:${address}`);
    expect((await begin(someone(), address)).retry_after).toBeGreaterThan(0);
  });

  it('is allowed again once the fifth newest failure is 15 minutes old', async () => {
    const account = someone();
    await fail(5, () => account, somewhere);
    const age = (past: string) =>
      database().owner.rows(
        `update private.login_attempts set attempted_at = clock_timestamp() - $1::interval
         where id in (select min(id) from (select id from private.login_attempts where outcome = 'failed' order by id desc limit 5) as newest)`,
        [past],
      );
    const started = performance.now();
    await age('14 minutes');
    const { retry_after } = await begin(account, null);
    const elapsedSeconds = (performance.now() - started) / 1000;
    expect(retry_after).toBeGreaterThanOrEqual(60 - Math.ceil(elapsedSeconds));
    expect(retry_after).toBeLessThanOrEqual(60);
    await age('15 minutes');
    expect((await begin(account, null)).retry_after).toBeNull();
  });

  it('that succeeds forgives the account, never the address', async () => {
    const [account, address] = [someone(), somewhere()];
    await fail(
      4,
      () => account,
      () => address,
    );
    await attempt(account, address, 'succeeded');
    await fail(
      1,
      () => account,
      () => address,
    );
    expect((await begin(account, address)).retry_after).toBeGreaterThan(0);
    await fail(3, () => account, somewhere);
    expect((await begin(account, somewhere())).retry_after).toBeNull();
  });

  it('counts attempts that are under way, so that many at once do not slip through', async () => {
    const account = someone();
    const answers = await Promise.all(Array.from({ length: 12 }, () => begin(account, somewhere())));
    expect(answers.filter(({ attempt_id }) => attempt_id !== null)).toHaveLength(5);
  });

  it('does not count what Auth could not be asked, nor a one-click sign-in of the demo', async () => {
    const account = someone();
    for (let count = 0; count < 6; count++) await attempt(account, somewhere(), 'abandoned');
    await fail(5, () => account, somewhere);
    expect((await begin(account, null, false)).attempt_id).not.toBeNull();
  });

  it('refused a thousand times from one address leaves one row a minute', async () => {
    const address = somewhere();
    await fail(5, someone, () => address);
    const started = performance.now();
    for (let count = 0; count < 40; count++) await begin(someone(), address);
    const elapsedMinutes = (performance.now() - started) / 60_000;
    const kept = await database().owner.rows<{ outcome: string; tries: number; rows: number }>(
      `select outcome, sum(tries)::int as tries, count(*)::int as rows from private.login_attempts where address = $1 group by 1 order by 1`,
      [address],
    );
    expect(kept).toEqual([
      { outcome: 'failed', tries: 5, rows: 5 },
      { outcome: 'refused', tries: 40, rows: expect.any(Number) },
    ]);
    expect(kept[1]?.rows).toBeLessThanOrEqual(1 + Math.floor(elapsedMinutes));
  }, 120_000);

  it('leaves no trace that tells the e-mail address, not even its plain hash', async () => {
    const account = someone();
    await attempt(account, somewhere(), 'failed');
    const { marked } = await database().owner.row<{ marked: number }>(
      `select count(*)::int as marked from private.login_attempts where encode(account, 'hex') = $1`,
      [account],
    );
    expect(marked).toBe(0);
  });

  it.each([[null], ['not an address'], ['1.2.3.4, 5.6.7.8'], ['999.1.1.1']])(
    'from %s counts for the account alone',
    async (address) => {
      const account = someone();
      await fail(
        5,
        () => account,
        () => address,
      );
      expect((await begin(account, address)).retry_after).toBeGreaterThan(0);
      expect((await begin(someone(), address)).retry_after).toBeNull();
    },
  );

  it('is a matter of the app server alone', async () => {
    const person = await signUp(database(), 'Ada');
    for (const who of [database().user(person), database().as({ role: 'anon' })]) {
      expect((await who.refusal('select begin_sign_in($1)', [someone()])).code).toBe('42501');
      expect((await who.refusal(`select finish_sign_in(1, 'succeeded')`)).code).toBe('42501');
    }
  });

  it.each([['nonsense'], ['A'.repeat(64)], [null]])('with the digest %s is refused', async (account) => {
    expect(await server().refusal('select begin_sign_in($1)', [account])).toMatchObject({
      code: 'PT422',
      detail: { field: 'account_digest' },
    });
  });

  it('is forgotten after 90 days', async () => {
    const account = someone();
    await attempt(account, null, 'failed');
    await database().owner.rows(
      `update private.login_attempts set attempted_at = now() - interval '91 days' where id = (select max(id) from private.login_attempts)`,
    );
    const count = async () =>
      (await database().owner.row<{ count: number }>('select count(*)::int from private.login_attempts'))
        .count;
    const before = await count();
    await database().owner.rows('select private.forget_login_attempts()');
    expect(before - (await count())).toBe(1);
  });
});

describe('sessions', () => {
  async function session(person: Person, agent: string): Promise<string> {
    const id = randomUUID();
    await database().admin.rows(
      `insert into auth.sessions (id, user_id, user_agent, ip, aal) values ($1, $2, $3, '203.0.113.7', 'aal1')`,
      [id, person.id, agent],
    );
    await database().admin.rows(
      `insert into auth.refresh_tokens (id, token, user_id, session_id) values ($1, $1::text, $2, $3)`,
      [randomUUID(), person.id, id],
    );
    return id;
  }
  const within = (person: Person, id: string): Requester =>
    database().as({ role: 'authenticated', sub: person.id, session_id: id });

  it('are shown to whom they belong, the present one first', async () => {
    const [ada, ben] = [await signUp(database(), 'Ada'), await signUp(database(), 'Ben')];
    const [phone, laptop] = [await session(ada, 'Phone'), await session(ada, 'Laptop')];
    await session(ben, 'Foreign');
    expect(
      await within(ada, laptop).rows('select id, user_agent, address, is_current from my_sessions()'),
    ).toEqual([
      { id: laptop, user_agent: 'Laptop', address: '203.0.113.7', is_current: true },
      { id: phone, user_agent: 'Phone', address: '203.0.113.7', is_current: false },
    ]);
  });

  it('show the browser that the app server saw, once it has told, until they end', async () => {
    const ada = await signUp(database(), 'Ada');
    const here = await session(ada, 'node');
    const note = `select note_session($1, 'Mozilla/5.0', '2001:db8::7')`;
    expect((await within(ada, here).refusal(note, [here])).code).toBe('42501');
    await server().rows(note, [here]);
    await server().rows(`select note_session($1, 'Mozilla/5.0', 'no address')`, [randomUUID()]);
    expect(await within(ada, here).rows('select user_agent, address from my_sessions()')).toEqual([
      { user_agent: 'Mozilla/5.0', address: '2001:db8::7' },
    ]);
    await within(ada, here).rows('select end_session($1)', [here]);
    await database().owner.rows('select private.forget_login_attempts()');
    expect(await database().owner.rows('select session_id from private.session_origins')).toEqual([]);
  });

  it('end one by one or all others at once, with their refresh tokens, and their pages are told', async () => {
    const ada = await signUp(database(), 'Ada');
    const [here, one, two, three] = [
      await session(ada, 'Here'),
      await session(ada, 'One'),
      await session(ada, 'Two'),
      await session(ada, 'Three'),
    ];
    await within(ada, here).rows('select end_session($1)', [one]);
    expect(await within(ada, here).refusal('select end_session($1)', [one])).toMatchObject({
      code: 'PT404',
      message: 'session_not_found',
    });
    expect(await within(ada, one).row('select session_state() as state')).toEqual({ state: 'ended' });
    expect(await within(ada, here).row('select end_other_sessions() as ended')).toEqual({ ended: 2 });
    expect(await within(ada, here).rows('select id from my_sessions()')).toEqual([{ id: here }]);
    expect(await within(ada, here).row('select session_state() as state')).toEqual({ state: 'open' });
    expect(
      await database().admin.row(
        'select count(*)::int as tokens from auth.refresh_tokens where user_id = $1',
        [ada.id],
      ),
    ).toEqual({ tokens: 1 });
    const told = await database().admin.rows<{ payload: { sessions: string[] } }>(
      `select payload from realtime.messages where topic = $1 and event = 'sessions_ended'`,
      [`user:${ada.id}`],
    );
    expect(told.flatMap(({ payload }) => payload.sessions).toSorted()).toEqual([one, two, three].toSorted());
  });

  it('of somebody else cannot be ended', async () => {
    const [ada, ben] = [await signUp(database(), 'Ada'), await signUp(database(), 'Ben')];
    const [hers, his] = [await session(ada, 'Hers'), await session(ben, 'His')];
    expect(await within(ada, hers).refusal('select end_session($1)', [his])).toMatchObject({ code: 'PT404' });
    await within(ada, hers).rows('select end_other_sessions()');
    expect(await within(ben, his).row('select session_state() as state')).toEqual({ state: 'open' });
  });
});
