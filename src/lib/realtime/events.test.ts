import fc from 'fast-check';
import { expect, it } from 'vitest';
import * as Y from 'yjs';
import { parseEvent } from './events';
import { carriesCustomers, customerTopics, hasPresence, topics } from './topics';

const id = '6f1d2a3e-0000-4000-8000-000000000001';

it('an announced change is understood, anything misshapen is ignored', () => {
  const payload = {
    table: 'customers',
    op: 'update',
    id,
    org_id: id,
    version: 3,
    actor: null,
    at: '2026-11-21',
  };
  expect(parseEvent('change', payload)).toMatchObject({ event: 'change', payload: { version: 3 } });
  expect(parseEvent('change', { ...payload, op: 'explode' })).toBeNull();
  expect(parseEvent('change', 'text')).toBeNull();
  expect(parseEvent('unheard_of', payload)).toBeNull();
});

it('positions from other browsers are bounded', () => {
  const hold = { user_id: id, customer_id: id, status: 'lead', index: 1, x: 0.5, y: 2 };
  expect(parseEvent('hold', hold)).toEqual({ event: 'hold', payload: hold });
  expect(parseEvent('hold', { ...hold, x: 1e9 })).toBeNull();
  expect(parseEvent('hold', { ...hold, y: Number.NaN })).toBeNull();
  expect(parseEvent('hold', { ...hold, status: 'hell' })).toBeNull();
});

it('customers are heard where the database says', () => {
  const standing = ['org:o', 'org:o:customers', 'owner:o:a', 'user:a', 'board:o:pipeline', 'customer:c'];
  expect(standing.filter(carriesCustomers)).toEqual(['org:o:customers', 'owner:o:a']);
});

it('customers of more bricks than a connection has channels for are heard as far as it has, and it is known', () => {
  const bricks = (count: number) => Array.from({ length: count }, (_, brick) => `territory:${brick}`);
  expect(customerTopics(['org:o', 'owner:o:a', ...bricks(79)])).toEqual({
    joined: ['owner:o:a', ...bricks(79)],
    isAll: true,
  });
  expect(customerTopics(['org:o', 'owner:o:a', ...bricks(80)])).toEqual({
    joined: ['owner:o:a', ...bricks(79)],
    isAll: false,
  });
});

it('people see each other in the organisation and on a record', () => {
  expect([topics.organization('o'), topics.customerPeople('c')].every(hasPresence)).toBe(true);
  const silent = ['org:o:customers', topics.pipeline('o'), 'owner:o:u', topics.user('u')] as const;
  expect(silent.some(hasPresence)).toBe(false);
});

it('a caret in a note is a place that Yjs can look for, whatever a program sends', () => {
  const doc = new Y.Doc();
  doc.getXmlFragment('default').insert(0, [new Y.XmlText('Ramp two'), new Y.XmlElement('paragraph')]);
  const heard = (place: unknown) =>
    parseEvent('note_caret', { user_id: id, client: 7, caret: { anchor: place, head: place } });
  const number = fc.oneof(fc.constant(doc.clientID), fc.integer({ min: -3, max: 12 }), fc.double());
  const yjsId = fc.option(fc.record({ client: number, clock: number }));
  const tname = fc.constantFrom(null, undefined, 'default', 'another');
  const place = fc.record({ type: yjsId, tname, item: yjsId }, { requiredKeys: [] });
  fc.assert(
    fc.property(place, (given) => {
      if (!heard(given)) return;
      const caret = Y.createRelativePositionFromJSON(given);
      expect(() => Y.createAbsolutePositionFromRelativePosition(caret, doc)).not.toThrow();
    }),
    { numRuns: 1_000 },
  );
  expect([...doc.share.keys()]).toEqual(['default']);
  expect(heard({})).toBeNull();
  expect(heard({ item: { client: doc.clientID, clock: -1 } })).toBeNull();
  expect(heard({ tname: 'default', assoc: -1 })).not.toBeNull();
});
