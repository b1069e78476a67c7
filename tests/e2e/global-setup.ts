import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProduct } from '../fixtures/product.ts';

/**
 * Starts the built product with its demo data, hands its addresses to the tests in `TANDEM_E2E`, and stops it at
 * the end. With `TANDEM_E2E` already set (the line that `npm start -- --json` prints) tests run against that instance.
 */
export default async function globalSetup(): Promise<() => Promise<void>> {
  if (process.env.TANDEM_E2E !== undefined) return async () => {};
  const data = await mkdtemp(join(tmpdir(), 'tandem-e2e-'));
  // Each browser of a test has an address of its own (support/pages.ts), as behind a proxy: sign-ins are limited by it.
  process.env.ADDRESS_HEADER = 'x-forwarded-for';
  const product = await startProduct(data);
  process.env.TANDEM_E2E = JSON.stringify(product.addresses);
  return async () => {
    await product.stop();
    await rm(data, { recursive: true, force: true });
  };
}
