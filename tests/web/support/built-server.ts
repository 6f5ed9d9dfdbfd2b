/** The web as it is run: the built pages behind our own server, in a process of its own. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { findFreePort } from '#platform/ports.ts';
import { ensureWebBuild } from '#scripts/lib/web-build.ts';
import { createTestDatabase, temporaryFolder } from '#tests/support/index.ts';

export interface BuiltServer {
  url: string;
  process: ChildProcess;
  /** What it wrote so far. */
  output(): string;
  /** Ends it in good order, if it is not ended yet, and drops its database. */
  close(): Promise<void>;
}

export async function startBuiltServer(): Promise<BuiltServer> {
  await ensureWebBuild(() => {}, new AbortController().signal);
  const database = await createTestDatabase();
  const port = await findFreePort();
  const env = {
    ...process.env,
    PORT: String(port),
    DATA_DIR: await temporaryFolder(),
    DATABASE_URL: database.url,
    TEMPORAL_ADDRESS: '127.0.0.1:1',
    PORTAL_URL: 'http://127.0.0.1:1',
    CREDENTIALS_KEYS: `test:${Buffer.alloc(32, 7).toString('base64')}`,
    TRUST_PROXY: '1',
    LOCAL_MODE: '1',
    LOG_LEVEL: 'debug',
  };
  const server = spawn(process.execPath, ['web/server.ts'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(server, 'exit');
  let output = '';
  server.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  await new Promise<void>((resolve, reject) => {
    server.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
    server.stdout.on('data', () => output.includes('web ready') && resolve());
  });
  return {
    url: `http://127.0.0.1:${port}`,
    process: server,
    output: () => output,
    async close() {
      server.kill('SIGTERM');
      await ended;
      await database.drop();
    },
  };
}
