import { describe, expect, it, vi } from 'vitest';
import { AppError } from '$lib/supabase/errors';
import { pageTurns } from './alone';
import type { Edit } from './edit';
import { lazyStore } from './lazy-store';
import { Outbox } from './outbox.svelte';
import { memoryStore } from './outbox-store';
import { Browser, bulk, patch, unreachable, World } from './outbox-world';

describe('edits that wait for the server', () => {
  it('are kept over a reload and sent in their order, each once', async () => {
    const world = new World();
    const browser = new Browser(world);
    world.network = ['request lost', 'request lost', 'request lost', 'request lost'];
    const [tab] = browser.tabs;
    expect((await tab?.perform(patch('1', 'a', 'phone', 'second', 'first')))?.kind).toBe('waiting');
    await tab?.perform(patch('2', 'a', 'phone', 'third', 'second'));
    await tab?.settled();
    world.network = [];
    await browser.reload();
    expect(browser.tabs[0]?.entries.map(({ edit, state }) => [edit.id, state])).toEqual([
      ['1', 'waiting'],
      ['2', 'waiting'],
    ]);
    await Promise.all(browser.tabs.map((one) => one.flush()));
    expect(world.history.get('a.phone')).toEqual(['second', 'third']);
    expect(browser.tabs[0]?.entries).toEqual([]);
  });

  it('are not done twice when only the answer was lost', async () => {
    const world = new World();
    const [tab] = new Browser(world).tabs;
    world.network = ['answer lost'];
    await tab?.perform(patch('1', 'a', 'phone', 'second', 'first'));
    await tab?.flush();
    expect(world.history.get('a.phone')).toEqual(['second']);
    expect(tab?.entries).toEqual([]);
  });

  it('become a choice where somebody else was there, and are shown where they are refused', async () => {
    const world = new World();
    const [tab] = new Browser(world).tabs;
    world.network = ['request lost', 'request lost'];
    world.forbidden.add('never');
    await tab?.perform(patch('1', 'a', 'phone', 'mine', 'first'));
    await tab?.perform(patch('2', 'b', 'phone', 'never', 'first'));
    world.write('a', 'phone', 'theirs');
    world.network = [];
    await tab?.flush();
    expect(tab?.entries.map(({ edit, state, problem }) => [edit.id, state, problem])).toEqual([
      ['1', 'conflict', null],
      ['2', 'refused', 'invalid_value'],
    ]);
  });

  it('hands a refusal to whoever asked, and keeps nothing of it', async () => {
    const world = new World();
    world.forbidden.add('never');
    const [tab] = new Browser(world).tabs;
    const outcome = await tab?.perform(patch('1', 'a', 'phone', 'never', 'first'));
    expect(outcome?.kind).toBe('refused');
    expect(tab?.entries).toEqual([]);
  });

  it('stay when the browser can keep nothing', async () => {
    const world = new World();
    const broken = {
      ...memoryStore(),
      save: () => Promise.reject(new Error('quota')),
      has: async () => false,
    };
    const tab = new Outbox({
      name: 'test',
      store: broken,
      turns: pageTurns(),
      send: (edit) => world.send(edit),
    });
    world.network = ['request lost'];
    await tab.perform(patch('1', 'a', 'phone', 'second', 'first'));
    await tab.reload();
    await tab.flush();
    expect(world.history.get('a.phone')).toEqual(['second']);
  });

  it('are sent although what keeps them can no longer be read, and are kept once it can be loaded', async () => {
    const world = new World();
    const kept = memoryStore();
    let isThere = false;
    const store = lazyStore(() =>
      isThere ? Promise.resolve(kept) : Promise.reject(new Error('not loaded')),
    );
    const send = (edit: Edit) => world.send(edit);
    const tab = new Outbox({ name: 'test', store, turns: pageTurns(), send });
    world.network = ['request lost', 'ok', 'request lost'];
    await tab.perform(patch('1', 'a', 'phone', 'second', 'first'));
    await tab.flush();
    expect(world.history.get('a.phone')).toEqual(['second']);
    isThere = true;
    await tab.perform(patch('2', 'a', 'phone', 'third', 'second'));
    await tab.settled();
    expect(await kept.has('2')).toBe(true);
  });
});

/** An outbox, what reached the server by it, and how the server answers. */
function sending(answer: (edit: Edit) => Promise<void>) {
  const sent: string[] = [];
  const store = memoryStore();
  const outbox = new Outbox({
    name: 'test',
    store,
    turns: pageTurns(),
    send: async (edit) => {
      await answer(edit);
      sent.push(edit.id);
      return { applied: null, conflicts: [], record: null };
    },
  });
  return { outbox, sent, store };
}

describe('edits of many records', () => {
  it('go in order with those of each of the records, whichever came first', async () => {
    const answers: (() => void)[] = [];
    const { outbox, sent } = sending(() => new Promise((resolve) => answers.push(resolve)));
    const next = async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      answers.shift()?.();
    };
    const made = [
      outbox.perform(patch('a first', 'a', 'phone', '1', '')),
      outbox.perform(bulk('many', ['b', 'a'])),
      outbox.perform(patch('b after', 'b', 'phone', '2', '')),
      outbox.perform(patch('another', 'c', 'phone', '3', '')),
    ];
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(answers, 'the first, and the one that has nothing to do with them').toHaveLength(2);
    for (let turn = 0; turn < 4; turn++) await next();
    await Promise.all(made);
    expect(sent.filter((id) => id !== 'another')).toEqual(['a first', 'many', 'b after']);
  });

  it('that wait are not overtaken by what takes them back', async () => {
    let isOnline = false;
    const { outbox, sent } = sending(async () => {
      if (!isOnline) throw unreachable();
    });
    await outbox.perform(bulk('many', ['a', 'b']));
    isOnline = true;
    expect((await outbox.perform(bulk('back', ['b']))).kind).toBe('waiting');
    await outbox.flush();
    expect(sent).toEqual(['many', 'back']);
  });
});

describe('what does not get through', () => {
  const tooSlow = () => new AppError({ kind: 'network', code: 'took_too_long', retryable: true });
  const broken = () => new AppError({ kind: 'bug', code: 'unexpected', retryable: true });

  it('is tried again although somebody goes on working', async () => {
    vi.useFakeTimers();
    let isOnline = false;
    const { outbox, sent } = sending(async () => {
      if (!isOnline) throw unreachable();
    });
    await outbox.perform(patch('1', 'a', 'phone', '1', ''));
    isOnline = true;
    for (const id of ['2', '3', '4']) {
      await vi.advanceTimersByTimeAsync(4_000);
      await outbox.perform(patch(id, 'a', 'phone', id, ''));
    }
    await vi.advanceTimersByTimeAsync(1_000);
    vi.useRealTimers();
    expect(sent).toEqual(['1', '2', '3', '4']);
  });

  it('for want of a connection is no reason to give up at the first other failure', async () => {
    let failure: AppError | null = unreachable();
    const { outbox, sent } = sending(async () => {
      if (failure) throw failure;
    });
    await outbox.perform(patch('1', 'a', 'phone', '1', ''));
    for (let time = 0; time < 10; time++) await outbox.flush();
    failure = broken();
    await outbox.flush();
    expect(outbox.entries.map(({ state }) => state)).toEqual(['waiting']);
    failure = null;
    await outbox.flush();
    expect(sent).toEqual(['1']);
  });

  it('because it takes too long holds up no other record, and is given up in the end', async () => {
    const { outbox, sent } = sending(async ({ id }) => {
      if (id === 'slow') throw tooSlow();
      if (id === 'later' && sent.length === 0) throw unreachable();
    });
    await outbox.perform(patch('later', 'b', 'phone', '1', '')).then(() => sent.push('-'));
    void outbox.perform(patch('slow', 'a', 'phone', '1', ''));
    for (let time = 0; time < 8; time++) await outbox.flush();
    expect(sent).toEqual(['-', 'later']);
    expect(outbox.entries.map(({ state, problem }) => [state, problem])).toEqual([
      ['refused', 'took_too_long'],
    ]);
  });

  it('is waited for by whoever asks, until it is answered or has to wait', async () => {
    let answer = () => undefined as void;
    const { outbox } = sending(
      ({ id }) =>
        new Promise((resolve, reject) => {
          answer = id === '1' ? resolve : () => reject(unreachable());
        }),
    );
    void outbox.perform(patch('1', 'a', 'phone', '1', ''));
    void outbox.perform(patch('2', 'a', 'phase', '1', ''));
    let isIdle = false;
    void outbox.idle().then(() => (isIdle = true));
    const soon = () => new Promise((resolve) => setTimeout(resolve, 5));
    await soon();
    answer();
    await soon();
    expect(isIdle, 'the second one is on its way now').toBe(false);
    answer();
    await soon();
    expect([isIdle, outbox.entries.map(({ edit }) => edit.id)]).toEqual([true, ['2']]);
    outbox.close();
  });
});
