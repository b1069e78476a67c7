import { resolve } from '$app/paths';

/** Every address inside the app. `org` is the organisation's slug. */
export const paths = {
  home: () => resolve('/'),
  signIn: (next?: string) =>
    next ? `${resolve('/sign-in')}?next=${encodeURIComponent(next)}` : resolve('/sign-in'),
  /** The second step of signing in, for who has a second factor. */
  signInCode: (next?: string) =>
    next ? `${resolve('/sign-in/code')}?next=${encodeURIComponent(next)}` : resolve('/sign-in/code'),
  signUp: () => resolve('/sign-up'),
  signOut: () => resolve('/sign-out'),
  forgotPassword: () => resolve('/forgot-password'),
  resetPassword: () => resolve('/reset-password'),
  invitation: (token: string) => resolve('/(auth)/invitations/[token]', { token }),
  newOrganization: () => resolve('/new-organization'),
  language: () => resolve('/language'),
  /** With a part of the map: narrowed down to it. */
  pipeline: (org: string, territory: string | null = null) =>
    resolve('/(app)/[org]/pipeline', { org }) +
    (territory ? `?territory=${encodeURIComponent(territory)}` : ''),
  customer: (org: string, id: string) => resolve('/(app)/[org]/customers/[id]', { org, id }),
  products: (org: string) => resolve('/(app)/[org]/products', { org }),
  notifications: (org: string) => resolve('/(app)/[org]/notifications', { org }),
  settings: (org: string) => resolve('/(app)/[org]/settings', { org }),
  settingsMembers: (org: string) => resolve('/(app)/[org]/settings/members', { org }),
  settingsInvitations: (org: string) => resolve('/(app)/[org]/settings/members/invitations', { org }),
  settingsRoles: (org: string) => resolve('/(app)/[org]/settings/roles', { org }),
  /** `new` for one that is being made, which can begin as a copy. */
  settingsRole: (org: string, role: string, from?: string) =>
    resolve('/(app)/[org]/settings/roles/[role]', { org, role }) + (from ? `?from=${from}` : ''),
  settingsTrash: (org: string) => resolve('/(app)/[org]/settings/trash', { org }),
  viewAs: (org: string) => resolve('/(app)/[org]/view-as', { org }),
  settingsPreferences: (org: string) => resolve('/(app)/[org]/settings/preferences', { org }),
  settingsGeneral: (org: string) => resolve('/(app)/[org]/settings/general', { org }),
  settingsAudit: (org: string) => resolve('/(app)/[org]/settings/audit', { org }),
  settingsAuditExport: (org: string, format: 'csv' | 'jsonl') =>
    resolve('/(app)/[org]/settings/audit/export/[format]', { org, format }),
  settingsApiKeys: (org: string) => resolve('/(app)/[org]/settings/api-keys', { org }),
  settingsTerritories: (org: string, at: string | null = null) =>
    resolve('/(app)/[org]/settings/territories', { org }) + (at ? `?at=${encodeURIComponent(at)}` : ''),
  settingsTerritoryPeople: (org: string, who: string | null = null) =>
    resolve('/(app)/[org]/settings/territories/people', { org }) +
    (who ? `?who=${encodeURIComponent(who)}` : ''),
  settingsTerritoryImport: (org: string) => resolve('/(app)/[org]/settings/territories/import', { org }),
  account: () => resolve('/account'),
  accountEmail: () => resolve('/account/email'),
  accountPassword: () => resolve('/account/password'),
  accountOrganizations: () => resolve('/account/organizations'),
  accountProfile: () => resolve('/account/profile'),
  accountSecondFactor: (next?: string) =>
    resolve('/account/second-factor') + (next ? `?next=${encodeURIComponent(next)}` : ''),
  accountSessions: () => resolve('/account/sessions'),
  welcome: (org: string) => resolve('/(app)/[org]/welcome', { org }),
};
