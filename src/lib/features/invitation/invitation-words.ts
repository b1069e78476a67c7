import { m } from '$lib/paraglide/messages';
import { roleName } from '$lib/role-words';

/** An invitation as its page shows it. */
type Shown =
  | {
      state: 'pending';
      organization: string;
      inviter: string | null;
      role: { key: string; name: string; is_system: boolean };
      email: string;
    }
  | { state: 'member'; organization: string }
  | { state: 'used' | 'revoked' | 'expired' | 'unknown' | 'hidden' };

interface Words {
  title: string;
  description: string;
  /** Whom a pending invitation is for, as far as everybody with the link may know. */
  recipient?: string;
}

/** Heading and first sentences of the page of an invitation. */
export function invitationWords(invitation: Shown): Words {
  switch (invitation.state) {
    case 'pending': {
      const { organization, inviter, email } = invitation;
      const role = roleName(invitation.role);
      return {
        title: m.invitation_title({ organization }),
        description: inviter ? m.invitation_by({ inviter, role }) : m.invitation_by_somebody({ role }),
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
