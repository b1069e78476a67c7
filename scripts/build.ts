/** `npm run build`: builds the app into `build/` unless it is there already, made from the present sources. */
import { ensureBuilt } from '../stack/app/build.ts';

try {
  await ensureBuilt(console.error);
  console.error('The app is built: build/.');
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
