import { readFile } from 'node:fs/promises';
import { z } from 'zod';

export interface Addresses {
  app: string;
  api: string;
  database: string;
  studio: string;
  mail: string;
  publishable_key: string;
  secret_key: string;
}

const people = z.array(
  z.object({ email: z.string(), name: z.string(), title: z.string(), organization: z.string() }),
);

/** What a person at the terminal wants to know once everything runs. */
export async function describeStart(
  addresses: Addresses,
  seconds: number,
  demoFile: string | undefined,
): Promise<string> {
  const lines = [
    '',
    `  Tandem is ready after ${seconds.toFixed(1)} s. Ctrl-C stops it.`,
    '',
    `  App        ${addresses.app}`,
    `  API        ${addresses.api}`,
    `  Database   ${addresses.database}`,
    `  Studio     ${addresses.studio}`,
    `  Mail       ${addresses.mail}`,
    `  Publishable key  ${addresses.publishable_key}`,
    '  Secret key       in keys.json of the data directory',
    '',
  ];
  const listed = demoFile ? await readFile(demoFile, 'utf8').catch(() => '[]') : '[]';
  const demo = people.parse(JSON.parse(listed));
  if (demo.length > 0) {
    lines.push('  Demo people; one click on the sign-in page signs in:');
    for (const { name, title, organization } of demo) {
      lines.push(`    ${name.padEnd(18)} ${title}, ${organization}`);
    }
    lines.push('');
  }
  return lines.join('\n');
}
