import { z } from 'zod';
import { m } from '$lib/paraglide/messages';

/** Digits of Arabic and Persian keyboards, each block from zero to nine. */
const otherDigits = /[\u0660-\u0669\u06f0-\u06f9]/g;

/** A code as people type it: with a space in the middle, or in the digits of their own keyboard. */
export const codeField = z
  .string()
  .max(50)
  .transform((typed) =>
    typed.replaceAll(/\s/g, '').replaceAll(otherDigits, (digit) => String((digit.codePointAt(0) ?? 0) & 0xf)),
  )
  .pipe(z.string().regex(/^\d{6}$/, { error: () => m.error_code_shape() }));
