import { error } from '@sveltejs/kit';

/**
 * What somebody sent as a form. Every form of the app is read through here.
 *
 * The library that validates forms also takes one serialised graph in place of the fields. No page sends that; a few
 * hundred bytes of it unfold to gigabytes, or never end, so it is left out before anybody looks.
 * @throws 400 `invalid_form` for a body that is no form
 */
export async function readForm(request: Request): Promise<FormData> {
  const form = await request.formData().catch(() => null);
  if (!form) error(400, { message: 'invalid_form', code: 'invalid_form' });
  for (const name of [...form.keys()]) {
    if (name.startsWith('__superform_') && name !== '__superform_id') form.delete(name);
  }
  return form;
}
