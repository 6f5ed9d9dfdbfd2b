/** The parts of the local mode: how each is run and what it is told. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Settings } from '../prepare.ts';
import { webAddress } from '#platform/addresses.ts';
import { readyMessage, type ProcessSpec } from './child.ts';
import { keptSecret, newAuthSecret, newKeyring } from '#platform/data-dir.ts';
import { newVapidKeys } from '#platform/vapid.ts';
import { noTemporalAccess } from '#platform/config.ts';
import { inProject } from '#platform/paths.ts';
import { preparePostgres } from './postgres.ts';
import { temporalFile } from './temporal-data.ts';
import { prepareTemporal } from './temporal-server.ts';

/** Signs in at our own page and at the stand-in portal, while no real portal is named. */
export const demo = {
  email: 'demo@gibney-sync.example',
  password: 'dance-every-day',
  portalUsername: 'demo.dancer@example.com',
  portalPassword: 'pirouette',
};

/** Ports that are free ones unless somebody chose them. */
export const freePortNames = ['postgres', 'portal', 'temporalHttp', 'temporalMetrics', 'workerMetrics'] as const;
export type FreePorts = Record<(typeof freePortNames)[number], number>;

export interface Stack extends Settings {
  ports: FreePorts;
  dev: boolean;
}

export const databaseName = 'gibney_sync';

export const webUrl = ({ config }: Stack): string => webAddress(config.HOST, config.PORT);

export const temporalUiUrl = ({ config }: Stack): string | undefined =>
  config.TEMPORAL_UI_URL ?? (config.TEMPORAL_ADDRESS ? undefined : `http://127.0.0.1:${config.TEMPORAL_UI_PORT}`);

/** The embedded PostgreSQL. The database itself is made once the server runs. */
export async function postgresSpec({
  config,
  ports,
}: Stack): Promise<{ spec: ProcessSpec; url: string; adminUrl: string }> {
  const postgres = await preparePostgres({ folder: join(config.DATA_DIR, 'postgres'), port: ports.postgres });
  return { spec: postgres.spec, url: postgres.url(databaseName), adminUrl: postgres.url('postgres') };
}

export function temporalSpec(stack: Stack, binary: string): Promise<ProcessSpec> {
  const { config, ports, searchAttributes } = stack;
  return prepareTemporal({
    binary,
    port: config.TEMPORAL_PORT,
    uiPort: config.TEMPORAL_UI_PORT,
    uiCodecEndpoint: config.TEMPORAL_PAYLOAD_KEYS && `${webUrl(stack)}/operate/codec`,
    httpPort: ports.temporalHttp,
    metricsPort: ports.temporalMetrics,
    databaseFile: temporalFile(config.DATA_DIR),
    searchAttributes,
    namespaces: config.TEMPORAL_NAMESPACE === 'default' ? [] : [config.TEMPORAL_NAMESPACE],
    // A light activity goes to the worker that asked for it at once, without the way through the queue.
    dynamicConfig: { 'system.enableActivityEagerExecution': true },
  });
}

/**
 * MB for young objects. Little: somewhat more collecting, much less memory while idle. The web makes many that die with
 * their request; with too little room they are taken for old ones.
 */
const semiSpace = { little: 2, web: 16 };

/** glibc keeps a pool of memory for each thread otherwise, and Temporal's worker has many threads. */
const fewArenas = { MALLOC_ARENA_MAX: '2' };

const node = (
  name: string,
  args: string[],
  env: NodeJS.ProcessEnv,
  stopGraceMs: number,
  semiSpaceMb = semiSpace.little,
): ProcessSpec => ({
  name,
  command: process.execPath,
  args: [`--max-semi-space-size=${semiSpaceMb}`, '--max-old-space-size=512', ...args],
  env: { ...fewArenas, ...env },
  cwd: inProject(),
  ipc: true,
  stopSignal: 'SIGTERM',
  stopGraceMs,
  readyTimeoutMs: 90_000,
  ready: readyMessage(),
});

/** The stand-in portal with the demo account. */
export function portalSpec({ ports }: Stack): ProcessSpec {
  const env = {
    ...process.env,
    HOST: '127.0.0.1',
    PORTAL_PORT: String(ports.portal),
    DEMO_PORTAL_USERNAME: demo.portalUsername,
    DEMO_PORTAL_PASSWORD: demo.portalPassword,
  };
  return node('stand-in portal', [inProject('tests', 'portal', 'main.ts')], env, 3_000);
}

/** What web and workers are told: the parts that are up by now, and the secrets of this DATA_DIR. */
export async function serviceEnv(stack: Stack, databaseUrl: string, chromiumPath: string): Promise<NodeJS.ProcessEnv> {
  const { config, ports } = stack;
  const { DATA_DIR } = config;
  const standIn = {
    PORTAL_URL: `http://127.0.0.1:${ports.portal}`,
    DEMO_EMAIL: demo.email,
    DEMO_PASSWORD: demo.password,
    DEMO_PORTAL_USERNAME: demo.portalUsername,
    DEMO_PORTAL_PASSWORD: demo.portalPassword,
  };
  return {
    ...process.env,
    NODE_ENV: 'production',
    LOCAL_MODE: '1',
    PORT: String(config.PORT),
    DATA_DIR,
    // A sync that is cut off here goes on at the next start.
    WORKER_GRACE_SECONDS: process.env.WORKER_GRACE_SECONDS || '2',
    DATABASE_URL: databaseUrl,
    // It belongs to a DATABASE_URL that was given.
    DATABASE_DIRECT_URL: (config.DATABASE_URL && config.DATABASE_DIRECT_URL) ?? '',
    ...(config.TEMPORAL_ADDRESS ? {} : noTemporalAccess),
    TEMPORAL_ADDRESS: config.TEMPORAL_ADDRESS ?? `127.0.0.1:${config.TEMPORAL_PORT}`,
    TEMPORAL_UI_URL: temporalUiUrl(stack) ?? '',
    CHROMIUM_PATH: chromiumPath,
    CREDENTIALS_KEYS: process.env.CREDENTIALS_KEYS || (await keptSecret(DATA_DIR, 'credentials-keys', newKeyring)),
    AUTH_SECRET: process.env.AUTH_SECRET || (await keptSecret(DATA_DIR, 'auth-secret', newAuthSecret)),
    ...(await vapidSettings(config)),
    ...(config.PORTAL_URL ? {} : standIn),
  };
}

/** Push services want an address to write to; whoever runs this for others sets their own. */
const localSubject = 'mailto:nobody@example.com';

async function vapidSettings(config: Stack['config']): Promise<NodeJS.ProcessEnv> {
  const { DATA_DIR, VAPID_PUBLIC_KEY, VAPID_PRIVATE_KEY, VAPID_SUBJECT = localSubject } = config;
  if (VAPID_PUBLIC_KEY || VAPID_PRIVATE_KEY) return { VAPID_SUBJECT };
  const [publicKey, privateKey] = (await keptSecret(DATA_DIR, 'vapid-keys', newVapidKeys)).split(' ');
  return { VAPID_PUBLIC_KEY: publicKey, VAPID_PRIVATE_KEY: privateKey, VAPID_SUBJECT };
}

/** The worker. Its temporary files, with the browser's profiles, lie in DATA_DIR. */
export async function workerSpec({ config, ports }: Stack, env: NodeJS.ProcessEnv): Promise<ProcessSpec> {
  const temporary = join(config.DATA_DIR, 'tmp');
  await mkdir(temporary, { recursive: true });
  const own = { METRICS_PORT: String(ports.workerMetrics) };
  return node('worker', [inProject('temporal', 'worker.ts')], { ...own, ...env, TMPDIR: temporary }, 15_000);
}

export function webSpec({ config, dev }: Stack, env: NodeJS.ProcessEnv): ProcessSpec {
  if (!dev) return node('web', [inProject('web', 'server.ts')], env, 8_000, semiSpace.web);
  const vite = [inProject('node_modules', 'vite', 'bin', 'vite.js'), 'dev', '--strictPort', '--clearScreen=false'];
  const args = [...vite, `--port=${config.PORT}`, `--host=${config.HOST}`];
  const spec = node('web', args, { ...env, NODE_ENV: 'development' }, 5_000);
  return {
    ...spec,
    ipc: false,
    ready: (child) => new Promise((resolve) => child.onLine((line) => /Local:|ready in/.test(line) && resolve())),
  };
}
