import type { MailAddress, StoredMail } from './message.ts';

const term = /(?:(to|from|subject):)?(?:"([^"]*)"|(\S+))/gi;

/** Messages that contain every term: words anywhere, or in one place with `to:`, `from:` and `subject:`. */
export function searchMail(messages: StoredMail[], query: string): StoredMail[] {
  const terms = [...query.matchAll(term)].map(([, field, quoted, word]) => ({
    field: field?.toLowerCase(),
    needle: (quoted ?? word ?? '').toLowerCase(),
  }));
  return messages.filter((mail) => terms.every(({ field, needle }) => place(mail, field).includes(needle)));
}

function place(mail: StoredMail, field: string | undefined): string {
  const recipients = words([...mail.to, ...mail.cc, ...mail.bcc]);
  const places: Record<string, string> = { to: recipients, from: words([mail.from]), subject: mail.subject };
  const everything = [...Object.values(places), mail.text].join('\n');
  return (field === undefined ? everything : (places[field] ?? '')).toLowerCase();
}

function words(people: MailAddress[]): string {
  return people.map(({ name, address }) => `${name} ${address}`).join('\n');
}
