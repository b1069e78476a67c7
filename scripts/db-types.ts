/**
 * `npm run db:types`: writes src/lib/supabase/database.types.ts from the migrations, by way of a throw-away database.
 * `npm run db:check` says when it is stale.
 */
import { writeFile } from 'node:fs/promises';
import { startTestDatabase } from '../stack/testing.ts';
import { generateTypes, typesFile } from './generated-types.ts';

const database = await startTestDatabase();
try {
  await writeFile(typesFile, await generateTypes(database.postgresUrl));
  console.log('Wrote src/lib/supabase/database.types.ts.');
} finally {
  await database.stop();
}
