import { PERSON_PALETTE } from '$lib/domain/people';
import { m } from '$lib/paraglide/messages';

const names = [
  m.color_blue,
  m.color_violet,
  m.color_magenta,
  m.color_pink,
  m.color_red,
  m.color_orange,
  m.color_amber,
  m.color_olive,
  m.color_green,
  m.color_teal,
  m.color_cyan,
  m.color_grey,
];

/** What people call a colour of `PERSON_PALETTE`; as it is stored when it is none of them. */
export const personColorName = (color: string): string =>
  names[PERSON_PALETTE.indexOf(color.toLowerCase())]?.() ?? color;
