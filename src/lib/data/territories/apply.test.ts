import { QueryClient, QueryObserver } from '@tanstack/svelte-query';
import { describe, expect, it } from 'vitest';
import { createDataContext } from '../context';
import { applyTerritoryChange, isBehind } from './apply';
import { territoryKeys } from './keys';

describe('what is cached of territories', () => {
  const row = { id: 'a', version: 2 };

  it('is behind while it holds an older version, wherever it stands', () => {
    const older = { id: 'a', version: 1 };
    for (const cached of [older, [older], { pages: [[{ id: 'b', version: 9 }, older]], pageParams: [] }])
      expect(isBehind([[['key'], cached]], row)).toBe(true);
    expect(isBehind([[['key'], older]], { id: 'a', version: null }), 'a row that is gone').toBe(true);
  });

  it('is not behind with the same or a newer version, or without the row', () => {
    for (const cached of [
      { id: 'a', version: 2 },
      { pages: [[{ id: 'a', version: 3 }]] },
      [],
      undefined,
      'a',
    ])
      expect(isBehind([[['key'], cached]], row)).toBe(false);
  });

  it('is asked for again when the announcement was faster than the commit', async () => {
    const queryClient = new QueryClient();
    const answers = [1, 1, 2, 2];
    const observer = new QueryObserver(queryClient, {
      queryKey: territoryKeys.detail('org', 'a'),
      queryFn: () => ({ id: 'a', version: answers.shift() }),
    });
    const stop = observer.subscribe(() => undefined);
    await expect.poll(() => answers.length).toBe(3);
    const client = { from: () => undefined, rpc: () => undefined } as never;
    await applyTerritoryChange(createDataContext({ client, queryClient, orgId: 'org', userId: 'me' }), {
      id: 'a',
      version: 2,
    });
    expect(observer.getCurrentResult().data).toEqual({ id: 'a', version: 2 });
    expect(answers).toEqual([2]);
    stop();
  });
});
