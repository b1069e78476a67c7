import { env as privateEnv } from '$env/dynamic/private';
import { env as publicEnv } from '$env/dynamic/public';
import { parseEnv, type AppEnv } from '$lib/supabase/env';

let parsed: AppEnv | undefined;

/** The checked environment of this process. */
export function appEnv(): AppEnv {
  parsed ??= parseEnv({ ...privateEnv, ...publicEnv });
  return parsed;
}
