import type { HandleClientError } from '@sveltejs/kit';
import { isLocale, overwriteGetLocale } from '$lib/paraglide/runtime';
import { patientFetch } from '$lib/reload-page';
import { toAppError } from '$lib/supabase/errors';

// The server has decided on the language and written it into the page; deciding again could differ.
const language = document.documentElement.lang;
if (isLocale(language)) overwriteGetLocale(() => language);

window.fetch = patientFetch(window.fetch);

export const handleError: HandleClientError = ({ error, status, message }) => {
  if (status === 404) return { message, code: 'page_not_found' };
  const { code } = toAppError(error);
  console.error(error);
  return { message: code, code };
};
