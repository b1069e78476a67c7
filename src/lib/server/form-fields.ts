import { z } from 'zod';
import { m } from '$lib/paraglide/messages';

/** The words are looked up when a form is checked, in the language of that request. */
export const required = { error: () => m.error_value_required() };
export const tooLong = { error: () => m.error_value_too_long() };

/** First or last name of a person. */
export const personName = z.string().trim().min(1, required).max(80, tooLong);

export const organizationName = z.string().trim().min(1, required).max(120, tooLong);

/** ISO 4217, three capitals; whether it exists is decided by the database. */
export const currency = z.string().regex(/^[A-Z]{3}$/, { error: () => m.error_invalid_value() });
