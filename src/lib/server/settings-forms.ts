import { z } from 'zod';
import { isTimeZone } from '$lib/domain/dates';
import { PERSON_PALETTE } from '$lib/domain/people';
import { m } from '$lib/paraglide/messages';
import { currency, organizationName, personName } from './form-fields';

const unfit = { error: () => m.error_invalid_value() };

/** Name and currency of an organisation, also when it is founded. */
export const organizationForm = z.object({ name: organizationName, currency });

export const profileForm = z.object({
  first_name: personName,
  last_name: personName,
  avatar_color: z.string().refine((color) => PERSON_PALETTE.includes(color), unfit),
  timezone: z.string().max(64).refine(isTimeZone, unfit),
});
