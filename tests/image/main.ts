/**
 * `npm run image:check`: builds the image, runs the services of docker-compose.yml from it, confined as that file says,
 * against a real PostgreSQL and Temporal and the stand-in portal, and lets one sync run through them. All is removed then; with `--keep` the images stay for the next check.
 */
import { checkImage } from './check.ts';
import { openTools, whyNot } from './tools.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const reason = await whyNot();
if (reason) say(`image:check skipped: ${reason}`);
else await main();

async function main(): Promise<void> {
  const abort = new AbortController();
  const tools = await openTools(process.argv.includes('--keep'), abort.signal);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => abort.abort(new Error(signal)));
  const stopped = new Promise<never>((_, reject) => {
    abort.signal.addEventListener('abort', () => reject(abort.signal.reason as Error));
  });
  try {
    await Promise.race([checkImage(tools, say), stopped]);
  } catch (error) {
    say(`image:check failed: ${(error as Error).message}`);
    process.exitCode = 1;
  } finally {
    await tools.close();
  }
  process.exit();
}
