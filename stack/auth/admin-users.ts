import { randomUUID } from 'node:crypto';
import {
  type UserAttributes,
  createUserInput,
  deleteUserInput,
  durationMs,
  readInput,
  updateUserInput,
} from './admin-input.ts';
import { AuthError } from './auth-error.ts';
import { userResponse } from './user-response.ts';
import type { UserChanges, UserRow, UserStore } from './user-store.ts';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** `POST /admin/users` */
export async function createUser(store: UserStore, request: Request): Promise<Response> {
  const input = await readInput(request, createUserInput);
  if (!input.email && !input.phone) {
    throw new AuthError(400, 'validation_failed', 'Cannot create a user without either an email or phone');
  }
  const providers = [...(input.email ? ['email'] : []), ...(input.phone ? ['phone'] : [])];
  const changes = changesFrom(input);
  const user = await store.create(input.id ?? randomUUID(), {
    ...changes,
    role: input.role || 'authenticated',
    raw_app_meta_data: { provider: providers[0], providers, ...input.app_metadata },
    raw_user_meta_data: { ...input.user_metadata, ...(input.email_confirm && { email_verified: true }) },
  });
  return Response.json(userResponse(user));
}

/** `GET /admin/users` with `page` and `per_page`; the total stands in headers, as GoTrue gives it. */
export async function listUsers(store: UserStore, url: URL): Promise<Response> {
  const page = pageNumber(url, 'page', 1, 1_000_000);
  const perPage = pageNumber(url, 'per_page', 50, 1_000);
  const { users, total } = await store.list(page, perPage);
  const last = Math.max(1, Math.ceil(total / perPage));
  const link = (to: number, relation: string): string =>
    `<${url.pathname}?page=${to}&per_page=${perPage}>; rel="${relation}"`;
  const links = [...(page < last ? [link(page + 1, 'next')] : []), link(last, 'last')];
  return Response.json(
    { users: users.map(userResponse), aud: 'authenticated' },
    { headers: { 'x-total-count': String(total), link: links.join(', ') } },
  );
}

/** `GET /admin/users/:id` */
export async function getUser(store: UserStore, id: string): Promise<Response> {
  return Response.json(userResponse(await requireUser(store, id)));
}

/** `PUT /admin/users/:id` */
export async function updateUser(store: UserStore, id: string, request: Request): Promise<Response> {
  const user = await requireUser(store, id);
  const input = await readInput(request, updateUserInput);
  const changes: UserChanges = changesFrom(input);
  if (input.role) changes.role = input.role;
  if (input.app_metadata) changes.raw_app_meta_data = merged(user.raw_app_meta_data, input.app_metadata);
  if (input.user_metadata) changes.raw_user_meta_data = merged(user.raw_user_meta_data, input.user_metadata);
  return Response.json(userResponse(await store.update(user.id, changes)));
}

/** `DELETE /admin/users/:id` */
export async function deleteUser(store: UserStore, id: string, request: Request): Promise<Response> {
  const user = await requireUser(store, id);
  const input = await readInput(request, deleteUserInput);
  await (input.should_soft_delete ? store.softDelete(user.id) : store.delete(user.id));
  return Response.json({});
}

async function requireUser(store: UserStore, id: string): Promise<UserRow> {
  if (!uuid.test(id)) throw new AuthError(404, 'validation_failed', 'user_id must be an UUID');
  const user = await store.find(id);
  if (!user) throw new AuthError(404, 'user_not_found', 'User not found');
  return user;
}

function pageNumber(url: URL, name: string, fallback: number, highest: number): number {
  const given = url.searchParams.get(name);
  if (given === null || given === '') return fallback;
  const number = Number(given);
  if (!Number.isInteger(number) || number < 0) {
    throw new AuthError(
      400,
      'validation_failed',
      `Bad Pagination Parameters: ${name} must be a positive number`,
    );
  }
  return Math.min(Math.max(number, 1), highest);
}

function changesFrom(input: UserAttributes): UserChanges {
  const changes: UserChanges = {};
  if (input.email !== undefined) changes.email = input.email.toLowerCase();
  if (input.phone !== undefined) changes.phone = input.phone || null;
  if (input.password) changes.password = input.password;
  if (input.password_hash) changes.password_hash = input.password_hash;
  if (input.email_confirm) changes.email_confirmed_at = new Date();
  if (input.phone_confirm) changes.phone_confirmed_at = new Date();
  if (input.ban_duration !== undefined) {
    const ms = durationMs(input.ban_duration);
    changes.banned_until = ms === null ? null : new Date(Math.min(Date.now() + ms, 8.64e15));
  }
  return changes;
}

/** A member that is null is taken out, as GoTrue does. */
function merged(before: Record<string, unknown>, changes: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries({ ...before, ...changes }).filter(([, value]) => value !== null));
}
