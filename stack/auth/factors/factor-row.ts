/** A second factor as GoTrue shows it to its owner and to administrators: never with its secret. */
export interface FactorRow {
  id: string;
  created_at: string;
  updated_at: string;
  status: 'verified' | 'unverified';
  friendly_name?: string;
  factor_type: 'totp' | 'phone' | 'webauthn';
  last_challenged_at: string | null;
}

/** JSON of a row of `auth.mfa_factors` in that form. */
export const factorColumns = `jsonb_build_object('id', mfa_factors.id, 'created_at', mfa_factors.created_at,
  'updated_at', mfa_factors.updated_at, 'status', mfa_factors.status, 'factor_type', mfa_factors.factor_type,
  'last_challenged_at', mfa_factors.last_challenged_at)
  || case when mfa_factors.friendly_name <> '' then jsonb_build_object('friendly_name', mfa_factors.friendly_name) else '{}' end`;
