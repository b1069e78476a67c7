/** The permissions that the API for other systems makes use of: what a key can be given on its page. */
export const API_SCOPES = [
  'customers:read',
  'customers:create',
  'customers:update',
  'customers:assign',
  'interactions:read',
  'interactions:create',
  'products:read',
] as const;

export type ApiScope = (typeof API_SCOPES)[number];

/** Days after which a key can be made to end. */
export const API_KEY_DAYS = [30, 90, 180, 365] as const;
