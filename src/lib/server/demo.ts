import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { appEnv } from './env';

const personSchema = z.object({
  email: z.string(),
  password: z.string(),
  name: z.string(),
  title: z.string().nullish(),
  team: z.string().nullish(),
  organization: z.string().nullish(),
  color: z.string().nullish(),
});
type DemoPerson = z.infer<typeof personSchema>;

/** What the sign-in page shows of a demo person; the password stays on the server. */
export interface DemoEntry {
  email: string;
  name: string;
  title: string;
  color: string | null;
}
export interface DemoTeam {
  team: string;
  organization: string;
  people: DemoEntry[];
}

/** The demo people by organisation and team; empty on every installation without demo data. */
export async function demoTeams(): Promise<DemoTeam[]> {
  const teams = new Map<string, DemoTeam>();
  for (const { email, name, title, team, organization, color } of await readDemoPeople()) {
    const key = `${organization ?? ''}\n${team ?? ''}`;
    const entry = teams.get(key) ?? { team: team ?? '', organization: organization ?? '', people: [] };
    entry.people.push({ email, name, title: title ?? '', color: color ?? null });
    teams.set(key, entry);
  }
  return [...teams.values()];
}

/** The password of a demo person, or null when there is no such person. */
export async function demoPassword(email: string): Promise<string | null> {
  const people = await readDemoPeople();
  return people.find((person) => person.email === email)?.password ?? null;
}

/** Read at each visit: the file appears with the first start and changes with a reset. */
async function readDemoPeople(): Promise<DemoPerson[]> {
  const file = appEnv().demoFile;
  if (!file) return [];
  try {
    return z.array(personSchema).parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (cause) {
    console.warn(`The demo people cannot be read from TANDEM_DEMO_FILE: ${String(cause)}`);
    return [];
  }
}
