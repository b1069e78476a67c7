/** A board of the size that the product promises to carry. */
import { Client } from 'pg';

export const CUSTOMERS = 100_000;

/** As the stages are filled in life: most are at the beginning or done with. */
const stages = `(array['lead', 'lead', 'lead', 'qualified', 'qualified', 'proposal', 'proposal', 'negotiation',
  'closed_won', 'closed_lost'])[1 + n % 10]::public.customer_status`;

/** The rank of the customer of this number, from 1 on, over all columns. */
export const rankOf = (number: number): string => `a${number.toString(16).padStart(6, '0')}V`;

const BATCH = 10_000;

/** Fills an organisation with customers as an import would: every trigger does its work, so the board is as it is in life. */
export async function fillBoard(database: string, org: string, owners: readonly string[]): Promise<void> {
  const client = new Client({ connectionString: database });
  await client.connect();
  try {
    for (let from = 1; from <= CUSTOMERS; from += BATCH) {
      await client.query(
        `insert into public.customers (org_id, name, email, phone, status, board_rank, closed_lost_reason, expected_value, currency,
           owner_id, tags, acquisition_source, created_at)
         select $1, 'Pharmacy ' || substr(md5(n::text), 1, 12), 'c' || n || '@bench.example', '+20 2 ' || 10000000 + n, ${stages},
           'a' || lpad(to_hex(n), 6, '0') || 'V', case when n % 10 = 9 then 'Price' end, n % 9000, 'EUR',
           ($2::uuid[])[1 + n % $3], array['tag ' || n % 40], 'source ' || n % 12, now() - n * interval '1 minute'
         from generate_series($4::integer, $4::integer + $5::integer - 1) as n`,
        [org, owners, owners.length, from, BATCH],
      );
    }
    await client.query('vacuum (analyze) public.customers');
    await client.query('analyze');
  } finally {
    await client.end();
  }
}
