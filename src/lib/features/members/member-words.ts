import type { Member } from '$lib/data/members/schema';
import { fullName } from '$lib/domain/people';
import { m } from '$lib/paraglide/messages';

/** What a member is called by: the name, or the address until they told one. */
export function memberName({ first_name, last_name, email }: Omit<Member, 'roles'>): string {
  return fullName({ firstName: first_name, lastName: last_name }) || (email ?? m.somebody());
}

/** Whether a search finds a member: by name, address, title or team. */
export function matches(member: Member, search: string): boolean {
  const words = search.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const text = [memberName(member), member.email, member.title, member.team].join(' ').toLocaleLowerCase();
  return words.every((word) => text.includes(word));
}
