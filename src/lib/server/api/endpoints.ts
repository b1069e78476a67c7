import type { z } from 'zod';
import { decodeCursor } from './cursor';
import * as schemas from './schemas';

/** One call of the API: what it takes, what it gives, and what the database is asked. */
export interface Endpoint<Params = unknown, Query = unknown, Body = unknown> {
  method: 'GET' | 'POST' | 'PATCH';
  /** Below `/api/v1`, with parameters in braces. */
  path: string;
  summary: string;
  /** What the key and its person must both hold. */
  permissions: readonly string[];
  /** The operation of `api_request`. */
  operation: string;
  params?: z.ZodType<Params>;
  query?: z.ZodType<Query>;
  body?: { name: string; schema: z.ZodType<Body> };
  result: { name: string; schema: z.ZodType; isPage?: boolean };
  /** Status of success, 200 unless something came into being. */
  status?: 200 | 201;
  toArguments: (input: { params: Params; query: Query; body: Body }) => Record<string, unknown>;
}

/** Lets each endpoint's parts agree with each other. */
const endpoint = <Params, Query, Body>(
  definition: Endpoint<Params, Query, Body>,
): Endpoint<Params, Query, Body> => definition;

interface PageQuery {
  limit?: string | undefined;
  cursor?: string | undefined;
}

const page = (query: PageQuery, position: z.ZodType): Record<string, unknown> => ({
  ...(query.limit !== undefined && { limit: Number(query.limit) }),
  ...(query.cursor !== undefined && { after: decodeCursor(query.cursor, position) }),
});

const customer = { name: 'Customer', schema: schemas.customer };
const interaction = { name: 'Interaction', schema: schemas.interaction };

export const endpoints = {
  me: endpoint({
    method: 'GET',
    path: '/me',
    summary: 'Whom this key acts for, where, and what it can do now.',
    permissions: [],
    operation: 'me',
    result: { name: 'Me', schema: schemas.me },
    toArguments: () => ({}),
  }),
  listCustomers: endpoint({
    method: 'GET',
    path: '/customers',
    summary: 'Customers, newest first; with `updated_since` in the order they were changed.',
    permissions: ['customers:read'],
    operation: 'customers.list',
    query: schemas.customersQuery,
    result: { ...customer, isPage: true },
    toArguments: ({ query: { status, owner_id, updated_since, ...rest } }) => ({
      ...(status && { status }),
      ...(owner_id !== undefined && { owner_id }),
      ...(updated_since !== undefined && { updated_since }),
      ...page(rest, updated_since === undefined ? schemas.positions.created : schemas.positions.updated),
    }),
  }),
  createCustomer: endpoint({
    method: 'POST',
    path: '/customers',
    summary: 'Adds a customer.',
    permissions: ['customers:read', 'customers:create'],
    operation: 'customers.create',
    body: { name: 'NewCustomer', schema: schemas.newCustomer },
    result: customer,
    status: 201,
    toArguments: ({ body }) => ({ fields: body }),
  }),
  getCustomer: endpoint({
    method: 'GET',
    path: '/customers/{id}',
    summary: 'One customer.',
    permissions: ['customers:read'],
    operation: 'customers.get',
    params: schemas.byId,
    result: customer,
    toArguments: ({ params }) => params,
  }),
  updateCustomer: endpoint({
    method: 'PATCH',
    path: '/customers/{id}',
    summary:
      'Changes a customer, all fields or none; 409 with both versions when somebody else changed them meanwhile.',
    permissions: ['customers:read', 'customers:update'],
    operation: 'customers.update',
    params: schemas.byId,
    body: { name: 'CustomerPatch', schema: schemas.customerPatch },
    result: customer,
    toArguments: ({ params, body }) => ({ ...params, ...body }),
  }),
  listInteractions: endpoint({
    method: 'GET',
    path: '/customers/{id}/interactions',
    summary: 'What was said and done with a customer, latest first.',
    permissions: ['customers:read', 'interactions:read'],
    operation: 'interactions.list',
    params: schemas.byId,
    query: schemas.pageQuery,
    result: { ...interaction, isPage: true },
    toArguments: ({ params, query }) => ({
      customer_id: params.id,
      ...page(query, schemas.positions.occurred),
    }),
  }),
  createInteraction: endpoint({
    method: 'POST',
    path: '/customers/{id}/interactions',
    summary: 'Logs an interaction, which is never changed afterwards.',
    permissions: ['customers:read', 'interactions:read', 'interactions:create'],
    operation: 'interactions.create',
    params: schemas.byId,
    body: { name: 'NewInteraction', schema: schemas.newInteraction },
    result: interaction,
    status: 201,
    toArguments: ({ params, body }) => ({ customer_id: params.id, fields: body }),
  }),
  listProducts: endpoint({
    method: 'GET',
    path: '/products',
    summary: 'Products by name.',
    permissions: ['products:read'],
    operation: 'products.list',
    query: schemas.productsQuery,
    result: { name: 'Product', schema: schemas.product, isPage: true },
    toArguments: ({ query: { is_active, ...rest } }) => ({
      ...(is_active !== undefined && { is_active: is_active === 'true' }),
      ...page(rest, schemas.positions.named),
    }),
  }),
};
