import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createGuard } from '#scripts/lib/guard.ts';
import { inProject } from '#platform/paths.ts';
import { findFreePort } from '#platform/ports.ts';
import { parseCompose, readComposeText } from '../deploy/compose-file.ts';
import { startPortal } from '../portal/server.ts';
import { registerUser } from '../service/client.ts';
import { startTestServices, testNamespaces } from '../support/services.ts';
import { findBase } from './base.ts';
import { runToEnd, start, type Container, type World } from './container.ts';
import type { Tools } from './tools.ts';

type Say = (line: string) => void;

const image = 'localhost/gibney-sync:check';
const dancer = { username: 'dancer@example.com', password: 'plie-releve-9', rentals: 12, seed: 'image' };

/** Throws with what is wrong. */
export async function checkImage(tools: Tools, say: Say): Promise<void> {
  say(`storage: ${tools.driver}`);
  await build(tools, say);
  const services = await startTestServices();
  const portal = await startPortal({ users: [dancer] });
  const guard = createGuard();
  const port = await findFreePort();
  const secret = () => randomBytes(16).toString('hex');
  const settings = {
    DATABASE_PASSWORD: secret(),
    TEMPORAL_DATABASE_PASSWORD: secret(),
    DATABASE_ADMIN_PASSWORD: secret(),
    PORTAL_URL: portal.url,
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    CREDENTIALS_KEYS: `k1:${randomBytes(32).toString('base64')}`,
    AUTH_SECRET: secret(),
    TEMPORAL_NAMESPACE: `${testNamespaces[0]}-image`,
  };
  const database = new URL(services.adminUrl);
  Object.assign(database, { username: 'gibney_sync', password: settings.DATABASE_PASSWORD, pathname: '/gibney_sync' });
  const here = {
    ADMIN_DATABASE_URL: services.adminUrl,
    DATABASE_URL: database.href,
    TEMPORAL_ADDRESS: services.temporalAddress,
    PORT: String(port),
    HOST: '127.0.0.1',
  };
  const compose = parseCompose(await readComposeText());
  const world: World = { tools, guard, image, services: compose.services, settings, here };
  try {
    await serve(world, settings.PUBLIC_URL, say);
  } finally {
    await tools.podman('rm', '--force', '--all', '--time', '0').catch(() => '');
    guard.close();
    await portal.close();
    await services.stop();
  }
}

async function build(tools: Tools, say: Say): Promise<void> {
  const base = await findBase(tools, say);
  const began = Date.now();
  const how = ['--isolation', 'chroot', '--network', 'host', '--build-arg', `BASE=${base}`, '--tag', image];
  await tools.buildah('bud', '--layers', ...how, inProject());
  const size = Number(await tools.podman('image', 'inspect', '--format', '{{.Size}}', image));
  say(`built on ${base} in ${seconds(began)}: ${Math.round(size / 1_000_000)} MB`);
}

/** The parts in the order of the file, each by its own command. */
async function serve(world: World, url: string, say: Say): Promise<void> {
  await runToEnd(world, 'database-roles');
  say((await runToEnd(world, 'migrate')).join('; ').replace(/applied: .*?(;|$)/, 'applied$1'));
  const metrics = async () => ({ METRICS_PORT: String(await findFreePort()) });
  const began = Date.now();
  const running = [
    await start(world, 'web', /^web ready/),
    await start(world, 'worker-sync', /worker ready/, await metrics()),
    await start(world, 'worker-portal', /worker ready/, await metrics()),
  ];
  say(`web and workers ready after ${seconds(began)}`);
  for (const container of running) say(await confinementOf(container, world));
  await syncOnce(url, say);
  const bare = running.flatMap(({ lines }) => lines).find((line) => line.includes('without its sandbox'));
  say(bare ? `Chromium: WITHOUT its sandbox: ${bare}` : 'Chromium: in its sandbox');
  if (!(await ready(url))) throw new Error('/readyz is not 200');
  for (const container of running.reverse()) {
    const code = await container.stop();
    if (code !== 0) throw new Error(`${container.name} ended by ${code}:\n${container.lines.slice(-10).join('\n')}`);
  }
  say('each ended by itself on SIGTERM');
}

const ready = async (url: string): Promise<boolean> => (await fetch(`${url}/readyz`)).ok;

async function syncOnce(url: string, say: Say): Promise<void> {
  const user = await registerUser(url);
  const began = Date.now();
  await user.connect(dancer.username, dancer.password);
  const { job } = await user.finished(undefined, 180_000);
  if (job.status !== 'completed') throw new Error(`the sync ended as ${JSON.stringify(job)}`);
  if (job.bookings_synced !== dancer.rentals) throw new Error(`${job.bookings_synced} rentals, not ${dancer.rentals}`);
  say(`a sync completed after ${seconds(began)} with ${job.bookings_synced} rentals`);
}

/** As the kernel sees the first process; throws where the container may do more than it should. */
async function confinementOf(container: Container, { tools }: World): Promise<string> {
  const status = await readFile(`/proc/${await container.pid()}/status`, 'utf8');
  const field = (name: string): string => new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(status)?.[1] ?? '';
  const writes = 'touch /app/x 2>/dev/null || touch /x 2>/dev/null && echo yes || echo no';
  const root = await tools.podman('exec', container.name, 'sh', '-c', writes);
  const facts = {
    'not root': field('Uid') === '1000',
    'no capabilities': /^0+$/.test(field('CapEff') + field('CapBnd')),
    'no new privileges': field('NoNewPrivs') === '1',
    seccomp: field('Seccomp') === '2',
    'root cannot be written': root === 'no',
  };
  const missing = Object.entries(facts).flatMap(([fact, holds]) => (holds ? [] : [fact]));
  if (missing.length > 0) throw new Error(`${container.name} lacks: ${missing.join(', ')}`);
  return `${container.name}: ${Object.keys(facts).join(', ')}`;
}

const seconds = (began: number): string => `${Math.round((Date.now() - began) / 100) / 10} s`;
