import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { refusalOf, useDatabase, type Refusal, type Requester } from './support/database.ts';
import type { Organization, Person } from './support/fixtures.ts';
import { buildHostileScene, type HostileScene } from './support/hostile-scene.ts';

const database = useDatabase();

let mallory: Person;
let attacker: Requester;
let home: Organization;
let victims: HostileScene['victims'];

beforeAll(async () => {
  ({ mallory, attacker, home, victims } = await buildHostileScene(database()));
});

describe('channels', () => {
  const insertion = `insert into realtime.messages (topic, extension, event, payload, private) values ($1, $2, 'change', '{}', true)`;

  async function send(
    requester: Requester,
    authorised: string,
    topic: string,
    extension: string,
  ): Promise<Refusal | undefined> {
    const transaction = await requester.begin();
    try {
      await transaction.query(`select set_config('realtime.topic', $1, true)`, [authorised]);
      await transaction.query(insertion, [topic, extension]);
      return undefined;
    } catch (error) {
      return refusalOf(error);
    } finally {
      await transaction.rollback();
    }
  }

  const foreignTopics = () => [
    `org:${victims.organization.id}`,
    `org:${victims.organization.id}:customers`,
    `owner:${victims.organization.id}:${victims.rep.id}`,
    `owner:${home.id}:${victims.rep.id}:x`,
    `user:${victims.rep.id}`,
    `customer:${victims.customer}`,
    `board:${victims.organization.id}:pipeline`,
    `customer:${randomUUID()}`,
    'org:',
    '',
    `org:${home.id}:customers\n`,
    `org:${home.id}'; drop table customers; --`,
    `ORG:${home.id}`,
    'x'.repeat(100_000),
  ];

  it('of others cannot be joined or written to', async () => {
    for (const topic of foreignTopics()) {
      expect([
        topic.slice(0, 90),
        await attacker.row('select private.can_join($1) as allowed', [topic]),
      ]).toEqual([topic.slice(0, 90), { allowed: false }]);
      for (const extension of ['broadcast', 'presence', 'postgres_changes']) {
        expect((await send(attacker, topic, topic, extension))?.code).toBe('42501');
      }
    }
  });

  it('that carry rows take no messages from people, not even their own', async () => {
    for (const topic of [
      `org:${home.id}`,
      `org:${home.id}:customers`,
      `owner:${home.id}:${mallory.id}`,
      `user:${mallory.id}`,
    ]) {
      expect([topic, (await send(attacker, topic, topic, 'broadcast'))?.code]).toEqual([topic, '42501']);
    }
    const board = `board:${home.id}:pipeline`;
    expect(await send(attacker, board, board, 'broadcast')).toBeUndefined();
    expect(await send(attacker, board, board, 'presence')).toBeUndefined();
  });

  it('are judged by where the message goes, not by another topic one may use', async () => {
    const board = `board:${home.id}:pipeline`;
    for (const topic of foreignTopics()) {
      expect([topic.slice(0, 90), (await send(attacker, board, topic, 'broadcast'))?.code]).toEqual([
        topic.slice(0, 90),
        '42501',
      ]);
    }
    await database()
      .user(victims.admin)
      .rows(`update customers set name = 'Secret Customer II' where id = $1`, [victims.customer]);
    const transaction = await attacker.begin();
    await transaction.query(`select set_config('realtime.topic', $1, true)`, [`org:${home.id}:customers`]);
    const { rows } = await transaction.query<{ topic: string }>(
      'select distinct topic from realtime.messages',
    );
    await transaction.rollback();
    expect(rows).toEqual([{ topic: `org:${home.id}:customers` }]);
  });

  it('keep past messages as they were', async () => {
    for (const sql of [`update realtime.messages set payload = '{}'`, 'delete from realtime.messages']) {
      const result = await attacker.count(sql).catch(refusalOf);
      expect(typeof result === 'number' ? result : result.code).toSatisfy(
        (value: unknown) => value === 0 || value === '42501',
      );
    }
  });
});
