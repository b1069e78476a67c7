import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import { randomUUID } from 'node:crypto';
import type { TestStack } from '../../../stack/testing.ts';

/** Where the API is, and its keys. */
export type Keyring = Pick<TestStack, 'url' | 'publishableKey' | 'secretKey'>;

const memoryless = { auth: { persistSession: false, autoRefreshToken: false } };

/** The official client of somebody who is not signed in. */
export function visitor(stack: Keyring): SupabaseClient {
  return createClient(stack.url, stack.publishableKey, memoryless);
}

/** The official client of a server. */
export function administrator(stack: Keyring): SupabaseClient {
  return createClient(stack.url, stack.secretKey, memoryless);
}

export interface Person {
  client: SupabaseClient;
  id: string;
  email: string;
  password: string;
}

/** A confirmed account of its own with a client that is signed in as it. */
export async function signedIn(stack: Keyring): Promise<Person> {
  const email = `${randomUUID()}@stack.example`;
  const password = randomUUID();
  const created = await administrator(stack).auth.admin.createUser({ email, password, email_confirm: true });
  if (created.error) throw created.error;
  const client = visitor(stack);
  const session = await client.auth.signInWithPassword({ email, password });
  if (session.error) throw session.error;
  return { client, id: created.data.user.id, email, password };
}
