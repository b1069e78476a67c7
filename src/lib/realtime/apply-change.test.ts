import { QueryClient } from '@tanstack/svelte-query';
import { describe, expect, it, vi } from 'vitest';
import { createDataContext } from '$lib/data/context';
import { toColumn, type ColumnData, type SummaryLine } from '$lib/data/customers/cache';
import { customer } from '$lib/data/customers/fixtures';
import { customerKeys } from '$lib/data/customers/keys';
import { NO_FILTERS, type Customer } from '$lib/data/customers/schema';
import { productKeys } from '$lib/data/products/keys';
import { territoryKeys } from '$lib/data/territories/keys';
import { applyChange } from './apply-change';
import type { ChangeEvent } from './events';

const id = '6f1d2a3e-0000-4000-8000-000000000001';
const org = '6f1d2a3e-0000-4000-8000-00000000000f';
const before = customer({ id, org_id: org, expected_value: 100 });

function page() {
  const queryClient = new QueryClient();
  const client = { from: vi.fn(), rpc: vi.fn() };
  const data = createDataContext({ client, queryClient, orgId: org, userId: 'me' });
  const column = (stage: 'lead' | 'proposal') => customerKeys.column(org, stage, NO_FILTERS);
  queryClient.setQueryData<ColumnData>(column('lead'), toColumn([before], 50));
  queryClient.setQueryData<ColumnData>(column('proposal'), toColumn([], 50));
  queryClient.setQueryData<SummaryLine[]>(customerKeys.summary(org, NO_FILTERS), [
    { status: 'lead', currency: 'EUR', customers: 1, total_value: 100 },
  ]);
  queryClient.setQueryData<Customer>(customerKeys.detail(org, id), before);
  const ids = (stage: 'lead' | 'proposal') =>
    queryClient.getQueryData<ColumnData>(column(stage))?.cards.map((card) => card.id);
  return { queryClient, data, ids };
}

function change(fields: Partial<ChangeEvent>): ChangeEvent {
  return { table: 'customers', op: 'update', id, org_id: org, version: 2, actor: null, at: '', ...fields };
}

describe('an announced change', () => {
  it('reaches every view of the customer at once: both columns, the totals, the record', () => {
    const { queryClient, data, ids } = page();
    const record = { ...before, version: 2, status: 'proposal' };
    expect(applyChange(data, change({ record }))).toBe('news');
    expect([ids('lead'), ids('proposal')]).toEqual([[], [id]]);
    expect(queryClient.getQueryData(customerKeys.summary(org, NO_FILTERS))).toEqual([
      { status: 'proposal', currency: 'EUR', customers: 1, total_value: 100 },
    ]);
    expect(queryClient.getQueryData<Customer>(customerKeys.detail(org, id))?.status).toBe('proposal');
    expect(applyChange(data, change({ record }))).toBe('known');
  });

  it('of a customer that one may no longer see takes it away, but not when it is older than what is shown', () => {
    const { data, ids } = page();
    expect(applyChange(data, change({ op: 'gone', version: 1 }))).toBe('news');
    expect(ids('lead')).toEqual([id]);
    applyChange(data, change({ op: 'gone', version: 2 }));
    expect(ids('lead')).toEqual([]);
  });

  it('reaches a board of a part of the map by its brick, and a change of the map reads that board anew', async () => {
    const { queryClient, data } = page();
    const [city, brick, other] = [1, 2, 3].map((n) => `6f1d2a3e-0000-4000-8000-0000000000c${n}`);
    const filters = { ...NO_FILTERS, territories: [`${city}`] };
    const key = customerKeys.column(org, 'lead', filters);
    const shown = () => queryClient.getQueryData<ColumnData>(key)?.cards.map((card) => card.territory_id);
    queryClient.setQueryData<ColumnData>(key, toColumn([], 50));
    queryClient.setQueryData(territoryKeys.bricks(org, filters.territories), [brick]);
    const sitsIn = (territory: string | undefined, version: number) =>
      applyChange(data, change({ version, record: { ...before, version, territory_id: territory } }));
    sitsIn(brick, 2);
    expect(shown()).toEqual([brick]);
    sitsIn(other, 3);
    expect(shown()).toEqual([]);
    applyChange(data, change({ table: 'territories', id: `${brick}` }));
    await expect.poll(() => queryClient.getQueryState(key)?.isInvalidated).toBe(true);
    const whole = customerKeys.column(org, 'lead', NO_FILTERS);
    expect(queryClient.getQueryState(whole)?.isInvalidated).toBe(false);
  });

  it('of a list that is read as a whole marks it as old; a row that did not come with it is asked for', () => {
    const { queryClient, data } = page();
    queryClient.setQueryData(productKeys.list(org), []);
    applyChange(data, change({ table: 'products', version: 7 }));
    expect(queryClient.getQueryState(productKeys.list(org))?.isInvalidated).toBe(true);
    expect(applyChange(data, change({ record: { id: 'nonsense' } }))).toBe('incomplete');
    expect(applyChange(data, change({ table: 'interactions' }))).toBe('incomplete');
  });
});
