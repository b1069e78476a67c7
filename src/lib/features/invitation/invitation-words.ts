import { m } from '$lib/paraglide/messages';
import { roleName } from '$lib/role-words';

/** Who invites, and as what. */
export interface Inviting {
  inviter: string | null;
  role: { key: string; name: string; is_system: boolean };
}

/** An invitation as its page shows it. */
type Shown =
  | (Inviting & { state: 'pending'; organization: string; email: string })
  | { state: 'member'; organization: string }
  | { state: 'used' | 'revoked' | 'expired' | 'unknown' | 'hidden' };

interface Words {
  title: string;
  description: string;
  /** Whom a pending invitation is for, as far as everybody with the link may know. */
  recipient?: string;
}

/** Who invited, and as what, in a sentence. */
export function invitedBy({ inviter, role }: Inviting): string {
  const name = roleName(role);
  return inviter ? m.invitation_by({ inviter, role: name }) : m.invitation_by_somebody({ role: name });
}

/** Heading and first sentences of the page of an invitation. */
export function invitationWords(invitation: Shown): Words {
  switch (invitation.state) {
    case 'pending': {
      const { organization, email } = invitation;
      return {
        title: m.invitation_title({ organization }),
        description: invitedBy(invitation),
        recipient: m.invitation_for({ email }),
      };
    }
    case 'member':
      return {
        title: m.invitation_member_title({ organization: invitation.organization }),
        description: m.invitation_member(),
      };
    case 'hidden':
      return { title: m.invitation_hidden_title(), description: m.invitation_hidden() };
    case 'used':
      return { title: m.invitation_ended_title(), description: m.error_invitation_used() };
    case 'revoked':
      return { title: m.invitation_ended_title(), description: m.error_invitation_revoked() };
    case 'expired':
      return { title: m.invitation_ended_title(), description: m.error_invitation_expired() };
    case 'unknown':
      return { title: m.invitation_ended_title(), description: m.error_invitation_not_found() };
  }
}
