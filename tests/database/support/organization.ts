import { beforeEach } from 'vitest';
import type { Database, Requester } from './database.ts';
import { found, type Organization, type Person, signUp } from './fixtures.ts';

interface Founded {
  /** Who founded it. */
  admin: Person;
  organization: Organization;
  /** The admin, sending requests. */
  caller: Requester;
}

/**
 * An organisation with its admin: a new one for each test, or with `beforeAll` one for all tests of the file. What is
 * returned stands for the present one.
 */
export function useOrganization(
  database: () => Database,
  name: string,
  before: (prepare: () => Promise<void>) => void = beforeEach,
): Founded {
  const admin: Person = { id: '', email: '' };
  const organization: Organization = { id: '', slug: '' };
  before(async () => {
    Object.assign(admin, await signUp(database(), 'Admin'));
    Object.assign(organization, await found(database(), admin, name));
  });
  const present = () => database().user(admin);
  return {
    admin,
    organization,
    caller: {
      rows: (sql, values) => present().rows(sql, values),
      row: (sql, values) => present().row(sql, values),
      count: (sql, values) => present().count(sql, values),
      refusal: (sql, values) => present().refusal(sql, values),
      begin: () => present().begin(),
    },
  };
}
