import { z } from 'zod';
import { endpoints, type Endpoint } from './endpoints';

const errorSchema = z.object({
  error: z.object({
    code: z.string().describe('Machine code, lower snake case.'),
    message: z.string().describe('What happened and what to do.'),
    fields: z
      .record(z.string(), z.union([z.string(), z.object({ yours: z.unknown(), theirs: z.unknown() })]))
      .optional()
      .describe('What is wrong with which field; for 409 both versions of its value.'),
    request_id: z.string(),
  }),
});

const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const schemaOf = (schema: z.ZodType, io: 'input' | 'output') => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
};

const refusals: Record<string, string> = {
  400: 'The body is no JSON.',
  401: 'No key, or one that does not work: api_key_missing, api_key_invalid, api_key_expired, api_key_revoked, api_key_inactive.',
  403: 'The key, or the person it acts for, lacks a permission, which the message names.',
  404: 'There is no such record, or the key may not see it.',
  409: 'Somebody changed it meanwhile (both versions are in fields), or it exists already.',
  413: 'The body is larger than 64 kB.',
  415: 'The body is not declared as JSON.',
  422: 'Some fields cannot be used.',
  429: 'Too many requests: wait the seconds in Retry-After.',
};

function refusalsOf({ body, params }: Endpoint): string[] {
  return [
    '401',
    '403',
    '422',
    '429',
    ...(params ? ['404'] : []),
    ...(body ? ['400', '409', '413', '415'] : []),
  ].sort();
}

function parametersOf(schema: z.ZodType | undefined, where: 'path' | 'query') {
  if (!schema) return [];
  const { properties = {}, required = [] } = schemaOf(schema, 'input');
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: where,
    required: where === 'path' || required.includes(name),
    schema: property,
  }));
}

function operationOf(id: string, endpoint: Endpoint) {
  const { summary, permissions, params, query, body, result, status = 200 } = endpoint;
  const found = result.isPage
    ? {
        type: 'object',
        required: ['data', 'next_cursor'],
        properties: {
          data: { type: 'array', items: reference(result.name) },
          next_cursor: { type: ['string', 'null'], description: 'Cursor of the next page; null at the end.' },
        },
      }
    : reference(result.name);
  const content = (schema: object) => ({ 'application/json': { schema } });
  return {
    operationId: id,
    summary,
    ...(permissions.length > 0 && { description: `Needs ${permissions.join(', ')}.` }),
    parameters: [...parametersOf(params, 'path'), ...parametersOf(query, 'query')],
    ...(body && { requestBody: { required: true, content: content(reference(body.name)) } }),
    responses: {
      [status]: { description: status === 201 ? 'Made.' : 'Found.', content: content(found) },
      ...Object.fromEntries(
        refusalsOf(endpoint).map((code) => [
          code,
          { description: refusals[code], content: content(reference('Error')) },
        ]),
      ),
    },
  };
}

/** The description of the API, made of the schemas that check its requests and answers. */
export function openApi(origin: string) {
  const all: [string, Endpoint][] = Object.entries(endpoints).map(([id, endpoint]) => [
    id,
    { ...endpoint, toArguments: () => ({}) },
  ]);
  const schemas: Record<string, object> = { Error: schemaOf(errorSchema, 'output') };
  const paths: Record<string, Record<string, object>> = {};
  for (const [id, endpoint] of all) {
    schemas[endpoint.result.name] = schemaOf(endpoint.result.schema, 'output');
    if (endpoint.body) schemas[endpoint.body.name] = schemaOf(endpoint.body.schema, 'input');
    paths[endpoint.path] = {
      ...paths[endpoint.path],
      [endpoint.method.toLowerCase()]: operationOf(id, endpoint),
    };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tandem',
      version: '1',
      description:
        'A key acts for the member who made it, in one organisation, within its scopes. Every answer carries X-Request-Id; X-RateLimit-Remaining says how many more requests the key may make at once.',
    },
    servers: [{ url: `${origin}/api/v1` }],
    security: [{ key: [] }],
    paths,
    components: {
      securitySchemes: { key: { type: 'http', scheme: 'bearer', bearerFormat: 'tdm_…' } },
      schemas,
    },
  };
}
