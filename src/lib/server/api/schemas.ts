import { z } from 'zod';
import { STAGES } from '$lib/domain/stages';

const instant = z.iso.datetime({ offset: true });
const day = z.iso.date();
const text = (longest: number) => z.string().trim().min(1).max(longest);

const status = z.enum(STAGES).describe('Column of the pipeline.');
const grade = z.enum(['A', 'B', 'C']).describe('How much the customer matters, A most.');
const currency = z.string().regex(/^[A-Z]{3}$/, 'Three capital letters, as in ISO 4217.');
const interactionType = z.enum(['call', 'email', 'meeting', 'note', 'visit']);
const interactionChannel = z.enum(['phone', 'email', 'meeting', 'chat', 'other']);

/** What other systems may write of a customer. */
const customerFields = z.strictObject({
  name: text(200),
  email: z.email().max(254).nullable(),
  phone: text(40).nullable(),
  client_type_id: z.uuid().nullable(),
  specialty_id: z.uuid().nullable(),
  grade: grade.nullable(),
  product_id: z.uuid().nullable(),
  status,
  closed_lost_reason: text(500).nullable().describe('Required with the status closed_lost.'),
  expected_value: z.number().min(0).max(999_999_999_999.99).nullable(),
  currency,
  acquisition_source: text(80).nullable(),
  owner_id: z.uuid().nullable().describe('User id of a member.'),
  territory_id: z.uuid().nullable(),
  is_archived: z.boolean(),
  phase: text(80).nullable(),
  contract_start_date: day.nullable(),
  contract_end_date: day.nullable(),
  address: text(500).nullable(),
  latitude: z.number().min(-90).max(90).nullable(),
  longitude: z.number().min(-180).max(180).nullable(),
  tags: z.array(text(40)).max(30),
  custom_fields: z.record(z.string().max(80), z.unknown()).describe('At most 16 kB.'),
});

export const newCustomer = customerFields
  .partial()
  .required({ name: true })
  .extend({
    id: z.uuid().optional().describe('Choose one to make a repeated request harmless: it answers 409.'),
  })
  .refine(({ status, closed_lost_reason }) => status !== 'closed_lost' || Boolean(closed_lost_reason), {
    path: ['closed_lost_reason'],
    message: 'Say why the customer was lost.',
  });

export const customerPatch = z
  .strictObject({
    changes: customerFields
      .partial()
      .refine((changes) => Object.keys(changes).length > 0, 'Send at least one field.'),
    seen: z
      .record(z.string(), z.unknown())
      .optional()
      .describe('The values of the changed fields as you last saw them. Only those fields are compared.'),
    version: z
      .int()
      .positive()
      .max(2_147_483_647)
      .optional()
      .describe('The version you last saw. Any change since then is a conflict.'),
  })
  .refine(({ seen, version }) => (seen === undefined) !== (version === undefined), {
    path: ['seen'],
    message: 'Send either the values you saw or the version.',
  })
  .refine(({ changes, seen }) => seen === undefined || Object.keys(changes).every((name) => name in seen), {
    path: ['seen'],
    message: 'Send the value you saw of every field you change.',
  });

const loose = z.string().nullable();
export const customer = z.object({
  id: z.uuid(),
  name: z.string(),
  email: loose,
  phone: loose,
  client_type_id: loose,
  specialty_id: loose,
  grade: grade.nullable(),
  product_id: loose,
  status,
  closed_lost_reason: loose,
  expected_value: z.number().nullable(),
  currency: z.string(),
  acquisition_source: loose,
  owner_id: loose,
  territory_id: loose,
  is_archived: z.boolean(),
  phase: loose,
  contract_start_date: loose,
  contract_end_date: loose,
  address: loose,
  latitude: z.number().nullable(),
  longitude: z.number().nullable(),
  tags: z.array(z.string()),
  custom_fields: z.record(z.string(), z.unknown()),
  created_at: z.string(),
  updated_at: z.string(),
  version: z.int().describe('Grows by one with every change.'),
});

export const newInteraction = z.strictObject({
  id: z.uuid().optional().describe('Choose one to make a repeated request harmless: it answers 409.'),
  type: interactionType,
  channel: interactionChannel.optional(),
  subject: z.string().max(200).nullish(),
  note: z.string().max(10_000).nullish(),
  outcome: z.string().max(500).nullish(),
  next_action: z.string().max(500).nullish(),
  follow_up_at: instant.nullish(),
  occurred_at: instant.optional().describe('Now when left out; never in the future.'),
  corrects_id: z.uuid().nullish().describe('The interaction that this one replaces.'),
});

export const interaction = z.object({
  id: z.uuid(),
  customer_id: z.uuid(),
  user_id: loose.describe('Who logged it.'),
  type: interactionType,
  channel: interactionChannel,
  subject: loose,
  note: loose,
  outcome: loose,
  next_action: loose,
  follow_up_at: loose,
  occurred_at: z.string(),
  corrects_id: loose,
  created_at: z.string(),
});

export const product = z.object({
  id: z.uuid(),
  name: z.string(),
  description: loose,
  sku: loose,
  category_id: loose,
  unit_price: z.number().nullable(),
  currency: z.string(),
  is_active: z.boolean(),
  created_at: z.string(),
  updated_at: z.string(),
  version: z.int(),
});

export const me = z.object({
  key: z.object({
    id: z.uuid(),
    name: z.string(),
    prefix: z.string(),
    scopes: z.array(z.string()),
    expires_at: z.string(),
  }),
  organization: z.object({ id: z.uuid(), name: z.string(), slug: z.string(), currency: z.string() }),
  acts_for: z.object({ id: z.uuid(), first_name: z.string(), last_name: z.string() }),
  permissions: z
    .array(z.string())
    .describe('The scopes that the person still holds: what the key can do now.'),
});

const limit = z
  .string()
  .regex(/^([1-9]\d?|100)$/, 'A number from 1 to 100.')
  .describe('Rows on a page, 1 to 100; 50 when left out.');
const cursor = z.string().max(1000).describe('The `next_cursor` of the page before.');

export const pageQuery = z.strictObject({ limit: limit.optional(), cursor: cursor.optional() });
export const customersQuery = pageQuery.extend({
  status: z.array(status).min(1).max(STAGES.length).optional().describe('Repeat it for several.'),
  owner_id: z.uuid().optional(),
  updated_since: instant
    .optional()
    .describe(
      'Those changed at or after this moment, in the order they were changed. A change bears the time at which it began: go back five minutes further than the last run.',
    ),
});
export const productsQuery = pageQuery.extend({ is_active: z.enum(['true', 'false']).optional() });

export const byId = z.strictObject({ id: z.uuid() });

export const positions = {
  created: z.strictObject({ created_at: instant, id: z.uuid() }),
  updated: z.strictObject({ updated_at: instant, id: z.uuid() }),
  occurred: z.strictObject({ occurred_at: instant, id: z.uuid() }),
  named: z.strictObject({ name: z.string().max(200), id: z.uuid() }),
};
