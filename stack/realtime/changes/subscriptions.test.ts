import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Relation } from '../replication/pgoutput.ts';
import type { Binding } from './binding.ts';
import type { FilterDatabase } from './filter-database.ts';
import { compileCondition, type Condition } from './filter-condition.ts';
import { ChangeSubscriptions, type CheckedBinding } from './subscriptions.ts';
import type { ChangeKind, ChangeListener, RowChange, TableDescription } from './types.ts';

const int4 = 23;
const text = 25;
const relation: Relation = {
  ...{ id: 1, schema: 'public', name: 'tasks', replicaIdentity: 'd' },
  columns: [
    { name: 'id', isKey: true, typeId: int4 },
    { name: 'owner', isKey: false, typeId: text },
  ],
};
const table: TableDescription = {
  ...{ oid: 1, schema: 'public', name: 'tasks', columns: [], primaryKey: ['id'] },
  ...{ replicaIdentity: 'd', rowSecurity: false },
};

const condition = (
  column: 'id' | 'owner',
  operator: 'eq' | 'neq' | 'gt' | 'in',
  ...values: string[]
): Condition =>
  compileCondition({
    ...{ column, operator, values, isNegated: false, operand: values.join(), role: 'anon' },
    ...{ typeId: column === 'id' ? int4 : text, baseTypeId: column === 'id' ? int4 : text },
    ...{ isEnum: false, isGenerated: false },
  });

function binding(conditions: readonly Condition[], parts: Partial<Binding> = {}): CheckedBinding {
  const whole: Binding = {
    id: 1,
    event: '*',
    schema: 'public',
    table: 'tasks',
    conditions: [],
    select: null,
    ...parts,
  };
  return { binding: whole, variants: [conditions] };
}

const row = (...values: (string | null | undefined)[]) =>
  values.map((value) => (value == null ? value : Buffer.from(value)));
const insert = (id: string, owner: string | null): RowChange => ({
  ...{ kind: 'INSERT', relation, row: row(id, owner), old: null },
});
const listener = (): ChangeListener => ({ claims: { role: 'anon', claimsJson: '{}' } });

/** Nothing here needs the database. */
const unreachable = {
  ask: () => Promise.reject(new Error('nobody is to be asked')),
} as unknown as FilterDatabase;
const registry = () =>
  new ChangeSubscriptions<ChangeListener>({
    database: unreachable,
    generated: () => Promise.resolve([]),
    onFilterFailed: () => undefined,
  });

describe('who asked for a change', () => {
  it('is found by table, wildcard and kind', async () => {
    const subscriptions = registry();
    const listeners = new Map(
      [
        { event: 'INSERT' as const },
        { event: 'DELETE' as const },
        { table: '*' },
        { schema: '*', table: '*' },
        { schema: '*' },
        { table: 'others' },
        { schema: 'archive', table: '*' },
      ].map((parts) => [listener(), parts]),
    );
    for (const [one, parts] of listeners) subscriptions.set(one, [binding([], parts)]);
    const found = async (kind: ChangeKind) => {
      const change =
        kind === 'DELETE' ? { ...insert('1', 'a'), kind, row: null } : { ...insert('1', 'a'), kind };
      const [matches = []] = await subscriptions.match(table, [change]);
      return matches.map((match) => listeners.get(match.listener));
    };
    const wildcards = [{ table: '*' }, { schema: '*' }, { schema: '*', table: '*' }];
    expect(await found('UPDATE')).toEqual(expect.arrayContaining(wildcards));
    expect(await found('UPDATE')).toHaveLength(3);
    expect(await found('INSERT')).toContainEqual({ event: 'INSERT' });
    expect(await found('DELETE')).toContainEqual({ event: 'DELETE' });
    for (const one of listeners.keys()) subscriptions.remove(one);
    expect(subscriptions.hasListeners('public', 'tasks', 'INSERT')).toBe(false);
    expect(subscriptions.size).toBe(0);
  });

  it('gets one match for each choice of columns, with all its numbers in order', async () => {
    const subscriptions = registry();
    subscriptions.set(listener(), [
      binding([], { id: 3 }),
      binding([condition('id', 'eq', '1')], { id: 1 }),
      binding([condition('id', 'in', '1', '2')], { id: 2, select: ['owner'] }),
      binding([condition('id', 'gt', '5')], { id: 4 }),
    ]);
    const [matches] = await subscriptions.match(table, [insert('1', 'a')]);
    expect(matches).toMatchObject([
      { ids: [1, 3], select: null },
      { ids: [2], select: ['owner'] },
    ]);
  });

  it('is judged by the key alone when only the key of a deleted row is known, and by nothing that is unknown', async () => {
    const subscriptions = registry();
    const [byKey, byOwner] = [listener(), listener()];
    subscriptions.set(byKey, [binding([condition('id', 'eq', '1')])]);
    subscriptions.set(byOwner, [
      binding([condition('owner', 'neq', 'a')]),
      binding([condition('owner', 'eq', 'b')]),
    ]);
    const removed = (whole: boolean): RowChange => ({
      ...{ kind: 'DELETE', relation, row: null, old: { whole, values: row('1', whole ? 'b' : null) } },
    });
    const kept: RowChange = { kind: 'UPDATE', relation, row: row('1', undefined), old: null };
    const found = await subscriptions.match(table, [removed(false), removed(true), kept]);
    expect(found.map((matches) => matches.map((match) => match.listener))).toEqual([
      [byKey],
      [byOwner, byKey],
      [byKey],
    ]);
  });

  it('is nobody whose column has another type by now', async () => {
    const subscriptions = registry();
    subscriptions.set(listener(), [binding([condition('id', 'eq', '1')])]);
    const altered = { ...relation, columns: relation.columns.map((column) => ({ ...column, typeId: text })) };
    expect(await subscriptions.match(table, [{ ...insert('1', 'a'), relation: altered }])).toEqual([[]]);
  });

  it('is the same as when every condition is tested, whoever came and went before', async () => {
    const anyCondition = fc.oneof(
      fc
        .tuple(fc.constantFrom('eq' as const, 'neq' as const, 'gt' as const), fc.integer({ min: 0, max: 4 }))
        .map(([operator, value]) => condition('id', operator, String(value))),
      fc
        .uniqueArray(fc.constantFrom('a', 'b', 'c'), { maxLength: 3 })
        .map((list) => condition('owner', 'in', ...list)),
    );
    const holds = (one: Condition, change: RowChange) =>
      one.test?.(change.row?.[one.column === 'id' ? 0 : 1]?.toString() ?? null) === true;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.array(anyCondition, { maxLength: 3 }), fc.boolean()), { maxLength: 12 }),
        fc.array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.constantFrom('a', 'b', 'd', null)), {
          minLength: 1,
        }),
        async (wanted, rows) => {
          const subscriptions = registry();
          const all = wanted.map(([conditions, stays]) => ({ conditions, stays, one: listener() }));
          for (const { one, conditions } of all) subscriptions.set(one, [binding(conditions)]);
          for (const { one, stays } of all) if (!stays) subscriptions.remove(one);
          const changes = rows.map(([id, owner]) => insert(String(id), owner));
          const found = await subscriptions.match(table, changes);
          for (const [index, change] of changes.entries())
            expect(new Set(found[index]?.map((match) => match.listener))).toEqual(
              new Set(
                all
                  .filter(({ stays, conditions }) => stays && conditions.every((each) => holds(each, change)))
                  .map(({ one }) => one),
              ),
            );
        },
      ),
    );
  });

  it('is not held up by somebody whose filters all take too long, nor for long by several', async () => {
    const slow = (owner: string) =>
      compileCondition({
        ...{ column: 'owner', operator: 'match' as const, values: [owner], isNegated: false, operand: owner },
        ...{ role: 'anon', typeId: text, baseTypeId: text, isEnum: false, isGenerated: false },
      });
    const run = async (listeners: number) => {
      let asked = 0;
      const failed: string[] = [];
      const database: Pick<FilterDatabase, 'ask'> = {
        ask: ([first], findings) => {
          asked++;
          if (first) findings.fail(first.test.key, 'too slow', true);
          return Promise.resolve();
        },
      };
      const subscriptions = new ChangeSubscriptions<ChangeListener>({
        database: database as FilterDatabase,
        generated: () => Promise.resolve([]),
        onFilterFailed: (_, complaint) => failed.push(complaint),
      });
      const fine = listener();
      subscriptions.set(fine, [binding([])]);
      for (let index = 0; index < listeners; index++)
        subscriptions.set(
          listener(),
          Array.from({ length: 1_000 }, (_, id) => binding([slow(`${index} ${id}`)], { id })),
        );
      const found = await subscriptions.match(table, [insert('1', 'a'), insert('2', 'b')]);
      expect(found.map((matches) => matches.map((match) => match.listener))).toEqual([[fine], [fine]]);
      expect([failed.length, subscriptions.size]).toEqual([listeners, 1]);
      return asked;
    };
    expect([await run(1), await run(10)]).toEqual([1, 4]);
  });

  it('is found as fast among 10,000 who wait for one value each as among 10', async () => {
    const changes = Array.from({ length: 500 }, (_, index) => insert(String(index), `user ${index % 10}`));
    const fastest = async (subscribers: number) => {
      const subscriptions = registry();
      for (let index = 0; index < subscribers; index++)
        subscriptions.set(listener(), [binding([condition('owner', 'eq', `user ${index}`)])]);
      let best = Infinity;
      for (let round = 0; round < 15; round++) {
        const began = performance.now();
        const found = await subscriptions.match(table, changes);
        best = Math.min(best, performance.now() - began);
        expect(found.every((matches) => matches.length === 1)).toBe(true);
      }
      return best;
    };
    const [few, many] = [await fastest(10), await fastest(10_000)];
    // Were each of them tested, it would be a thousand times.
    expect(many).toBeLessThan(few * 10 + 1);
  });
});
