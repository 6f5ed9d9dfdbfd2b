/** Real calendar servers from PyPI, installed once into the cache and started for a test file. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findFreePort } from '#platform/ports.ts';
import { startChild, type ProcessSpec } from '#scripts/lib/child.ts';
import { createGuard } from '#scripts/lib/guard.ts';
import type { DavLogin } from '#notifications/calendars/dav-session.ts';
import { pythonPackages } from './python-packages.ts';
import { until } from './until.ts';

const packages = ['radicale==3.9.0', 'xandikos==0.4.10'];

export interface CalendarServer {
  login: DavLogin;
  stop(): Promise<void>;
}

/** Where the packages are; null, and said, where they cannot be had. */
export const pythonCalendars = (): Promise<string | null> => pythonPackages('calendars', packages);

type Start = (options: { port: number; folder: string }) => Promise<{ args: string[]; login: Omit<DavLogin, 'url'> }>;

const servers: Record<'radicale' | 'xandikos', Start> = {
  async radicale({ port, folder }) {
    await writeFile(join(folder, 'users'), 'ann:app-pass\n');
    const options = {
      'server-hosts': `127.0.0.1:${port}`,
      'auth-type': 'htpasswd',
      'auth-htpasswd-filename': join(folder, 'users'),
      'auth-htpasswd-encryption': 'plain',
      'storage-filesystem-folder': join(folder, 'collections'),
    };
    const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
    return { args: ['-m', 'radicale', ...args], login: { username: 'ann', password: 'app-pass' } };
  },
  async xandikos({ port, folder }) {
    const where = ['-d', folder, '--port', String(port), '-l', '127.0.0.1'];
    const args = ['-m', 'xandikos', 'serve', ...where, '--current-user-principal', '/ann/', '--autocreate'];
    return { args, login: { username: 'ann', password: 'none' } };
  },
};

/** `folder`: where it keeps its calendars; outside of a test file there is none to be had from the run. */
export async function startCalendarServer(
  name: keyof typeof servers,
  site: string,
  folder?: string,
): Promise<CalendarServer> {
  const port = await findFreePort();
  folder ??= await (await import('./index.ts')).temporaryFolder();
  const { args, login } = await servers[name]({ port, folder });
  const url = `http://127.0.0.1:${port}/`;
  const guard = createGuard();
  const spec: ProcessSpec = {
    name,
    command: 'python3',
    args,
    env: { ...process.env, PYTHONPATH: site },
    stopSignal: 'SIGTERM',
    stopGraceMs: 5_000,
    readyTimeoutMs: 60_000,
    ready: async () => void (await until(`${name} answers`, () => fetch(url).then(() => true))),
  };
  const child = await startChild(spec, guard);
  return {
    login: { url, ...login },
    async stop() {
      await child.stop();
      guard.close();
    },
  };
}
