import { z } from 'zod';
import { API_KEY_DAYS, API_SCOPES } from '$lib/domain/api-scopes';
import { m } from '$lib/paraglide/messages';
import { required, tooLong } from './form-fields';

const days = API_KEY_DAYS.map(String);

export const apiKeyForm = z.object({
  name: z.string().trim().min(1, required).max(80, tooLong),
  scopes: z.array(z.enum(API_SCOPES)).min(1, { error: () => m.api_keys_scopes_missing() }),
  days: z.string().refine((value) => days.includes(value), { error: () => m.error_invalid_value() }),
});
