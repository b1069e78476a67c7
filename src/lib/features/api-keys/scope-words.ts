import type { ApiScope } from '$lib/domain/api-scopes';
import { m } from '$lib/paraglide/messages';

const words: Record<ApiScope, () => string> = {
  'customers:read': m.api_scope_customers_read,
  'customers:create': m.api_scope_customers_create,
  'customers:update': m.api_scope_customers_update,
  'customers:assign': m.api_scope_customers_assign,
  'interactions:read': m.api_scope_interactions_read,
  'interactions:create': m.api_scope_interactions_create,
  'products:read': m.api_scope_products_read,
};

/** What a scope lets a key do. One that no page offers is shown by its name. */
export function scopeWords(scope: string): string {
  const known = Object.entries(words).find(([key]) => key === scope);
  return known ? known[1]() : scope;
}
