import { expect, it } from 'vitest';
import type { CommittedTransaction } from '../changes/types.ts';
import { TransactionAssembler, type AssemblerOptions } from './transaction-assembler.ts';

const number = (bytes: number, value: bigint) => {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64BE(value);
  return buffer.subarray(8 - bytes);
};
const letter = (text: string) => Buffer.from(text);

const begin = (id: number, finalLsn: bigint) =>
  Buffer.concat([letter('B'), number(8, finalLsn), number(8, 0n), number(4, BigInt(id))]);
const commit = (endLsn: bigint) =>
  Buffer.concat([letter('C\0'), number(8, 0n), number(8, endLsn), number(8, 0n)]);
const relation = (id: number, name: string) =>
  Buffer.concat([
    letter('R'),
    number(4, BigInt(id)),
    letter(`public\0${name}\0d`),
    number(2, 1n),
    letter('\x01id\0'),
    number(4, 25n),
    number(4, 0n),
  ]);
const insert = (id: number, value: string) =>
  Buffer.concat([
    letter('I'),
    number(4, BigInt(id)),
    letter('N'),
    number(2, 1n),
    letter('t'),
    number(4, BigInt(value.length)),
    letter(value),
  ]);

function assemble(messages: readonly Buffer[], options: Partial<AssemblerOptions> = {}) {
  const transactions: CommittedTransaction[] = [];
  const commits: bigint[] = [];
  const assembler = new TransactionAssembler({
    maxTransactionBytes: 1_000_000,
    isWanted: () => true,
    emit: (transaction) => transactions.push(transaction),
    onCommit: (endLsn) => commits.push(endLsn),
    ...options,
  });
  // The driver writes the next message over the last one.
  const shared = Buffer.alloc(1_000);
  for (const message of messages) {
    message.copy(shared);
    assembler.accept(shared.subarray(0, message.length));
  }
  const values = transactions.map(({ changes }) => changes.map(({ row }) => row?.[0]?.toString()));
  return { transactions, commits, values };
}

it('hands a transaction over at its commit, with values of its own memory', () => {
  const { transactions, commits, values } = assemble([
    relation(1, 'tasks'),
    begin(7, 90n),
    insert(1, 'first'),
    insert(1, 'other'),
    commit(100n),
  ]);
  expect(values).toEqual([['first', 'other']]);
  expect(transactions).toMatchObject([
    { id: 7, endLsn: 100n, committedAt: new Date('2000-01-01T00:00:00Z') },
  ]);
  expect(commits).toEqual([100n]);
});

it('hands a large one over in parts, of which only the last reaches beyond the commit', () => {
  const { transactions, values } = assemble(
    [
      relation(1, 'tasks'),
      begin(7, 90n),
      ...['a', 'b', 'c', 'd', 'e'].map((value) => insert(1, value)),
      commit(100n),
    ],
    { maxTransactionBytes: 200 },
  );
  expect(values).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
  expect(transactions.map(({ endLsn }) => endLsn)).toEqual([90n, 90n, 100n]);
});

it('leaves out what nobody wants, and transactions that hold nothing else', () => {
  const { commits, values } = assemble(
    [
      relation(1, 'tasks'),
      relation(2, 'secrets'),
      begin(7, 90n),
      insert(2, 'x'),
      insert(1, 'y'),
      commit(100n),
      begin(8, 190n),
      insert(2, 'x'),
      commit(200n),
    ],
    { isWanted: ({ name }) => name === 'tasks' },
  );
  expect(values).toEqual([['y']]);
  expect(commits).toEqual([100n, 200n]);
});
