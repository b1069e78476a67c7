import { redirect, type RequestHandler } from '@sveltejs/kit';
import { isLocale } from '$lib/paraglide/runtime';
import { rememberLanguage } from '$lib/server/after-sign-in';
import { readForm } from '$lib/server/read-form';
import { safeRedirect } from '$lib/server/safe-redirect';

/** Changes the language of this browser, and of the person's profile when somebody is signed in. */
export const POST: RequestHandler = async ({ cookies, locals, request, url }) => {
  const form = await readForm(request);
  const language = form.get('language');
  const back = safeRedirect(form.get('next')?.toString() ?? request.headers.get('referer'), url.origin);
  if (typeof language === 'string' && isLocale(language)) {
    rememberLanguage(cookies, url, language);
    const signedIn = await locals.signedIn();
    if (signedIn) await locals.supabase.from('profiles').update({ locale: language }).eq('id', signedIn.id);
  }
  redirect(303, back);
};
