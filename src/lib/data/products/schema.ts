import type { Tables } from '$lib/supabase/database.types';

export type Product = Tables<'products'>;
