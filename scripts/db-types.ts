/**
 * `npm run db:types`: writes src/lib/supabase/database.types.ts from the migrations, by way of a throw-away
 * database. With `--check` it writes nothing and fails when the file is stale.
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { startTestDatabase } from '../stack/testing.ts';
import { generateTypes, typesAreCurrent, typesFile } from './generated-types.ts';

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const database = await startTestDatabase();
try {
  if (!values.check) {
    await writeFile(typesFile, await generateTypes(database.postgresUrl));
    console.log('Wrote src/lib/supabase/database.types.ts.');
  } else if (await typesAreCurrent(database.postgresUrl)) {
    console.log('The types match the migrations.');
  } else {
    console.error('The types are stale: run `npm run db:types` and commit the result.');
    process.exitCode = 1;
  }
} finally {
  await database.stop();
}
