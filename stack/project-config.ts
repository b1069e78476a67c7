import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import { z } from 'zod';
import { projectRoot } from './shared/paths.ts';
import { StackError } from './shared/stack-error.ts';

const template = z.object({ subject: z.string().optional(), content_path: z.string().optional() });

/** Messages and anonymous accounts are counted by the hour, everything else by five minutes, as the CLI documents it. */
const perWindow = z.int().nonnegative();

const configSchema = z.object({
  api: z
    .object({
      schemas: z.array(z.string()).default(['public']),
      extra_search_path: z.array(z.string()).default(['public', 'extensions']),
      max_rows: z.int().positive().default(1000),
    })
    .prefault({}),
  db: z
    .object({
      seed: z.object({ sql_paths: z.array(z.string()).default(['./seed.sql']) }).prefault({}),
    })
    .prefault({}),
  local_smtp: z.object({ smtp_port: z.int().min(0).max(65_535).optional() }).prefault({}),
  storage: z
    .object({
      file_size_limit: z
        .string()
        .regex(/^\d+(\.\d+)?\s*(B|[KMG]i?B)$/i)
        .default('50MiB'),
    })
    .prefault({}),
  auth: z
    .object({
      site_url: z.url().default('http://127.0.0.1:3000'),
      additional_redirect_urls: z.array(z.string()).default([]),
      jwt_expiry: z.int().min(60).max(604_800).default(3600),
      enable_refresh_token_rotation: z.boolean().default(true),
      refresh_token_reuse_interval: z.int().nonnegative().default(10),
      enable_signup: z.boolean().default(true),
      minimum_password_length: z.int().min(6).default(6),
      password_requirements: z.string().default(''),
      rate_limit: z
        .object({
          email_sent: perWindow.default(2),
          sms_sent: perWindow.default(30),
          anonymous_users: perWindow.default(30),
          token_refresh: perWindow.default(150),
          sign_in_sign_ups: perWindow.default(30),
          token_verifications: perWindow.default(30),
        })
        .prefault({}),
      mfa: z
        .object({
          max_enrolled_factors: z.int().nonnegative().default(10),
          totp: z
            .object({
              enroll_enabled: z.boolean().default(false),
              verify_enabled: z.boolean().default(false),
            })
            .prefault({}),
        })
        .prefault({}),
      email: z
        .object({
          enabled: z.boolean().default(true),
          enable_confirmations: z.boolean().default(false),
          double_confirm_changes: z.boolean().default(true),
          otp_length: z.int().min(6).max(10).default(6),
          otp_expiry: z.int().positive().default(3600),
          template: z.record(z.string(), template).default({}),
        })
        .prefault({}),
    })
    .prefault({}),
});

/** What the stack itself heeds of `supabase/config.toml`; the CLI and hosted Supabase know more. */
export type ProjectConfig = z.infer<typeof configSchema>;

/**
 * Reads `supabase/config.toml` of a project folder.
 *
 * @throws StackError naming the first setting that is wrong.
 */
export async function readProjectConfig(folder = projectRoot): Promise<ProjectConfig> {
  const file = join(folder, 'supabase', 'config.toml');
  let content: unknown;
  try {
    content = parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new StackError(
      `supabase/config.toml: ${error instanceof Error ? error.message.split('\n')[0] : error}`,
    );
  }
  const result = configSchema.safeParse(content);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new StackError(`supabase/config.toml: ${issue?.path.join('.')}: ${issue?.message}`);
}

/** Bytes of a size such as `50MiB`. */
export function bytesOf(size: string): number {
  const [, amount = '0', unit = 'B'] = /^(\d+(?:\.\d+)?)\s*(\w+)$/.exec(size) ?? [];
  const factor = { B: 1, KB: 1e3, MB: 1e6, GB: 1e9, KIB: 2 ** 10, MIB: 2 ** 20, GIB: 2 ** 30 }[
    unit.toUpperCase()
  ];
  return Math.floor(Number(amount) * (factor ?? 1));
}
