import type { DataContext } from '../context';
import { memberKeys } from './keys';
import type { Invitation, Member, Role } from './schema';

interface Seed {
  members: Member[];
  roles: Role[];
  invitations: Invitation[];
}

/** Puts what the server sent with the page into the cache, unless something is there. */
export function seedMembers({ queryClient, orgId }: DataContext, seed: Seed): void {
  queryClient.setQueryData<Member[]>(memberKeys.list(orgId), (known) => known ?? seed.members);
  queryClient.setQueryData<Role[]>(memberKeys.roles(orgId), (known) => known ?? seed.roles);
  queryClient.setQueryData<Invitation[]>(memberKeys.invitations(orgId), (known) => known ?? seed.invitations);
}
