/**
 * `npm start`: brings up every part that nobody named, keeps all of them running and ends them together.
 * Its last line at start is `ready: <address>`; after that it speaks only when something happens.
 */
import { PlainError } from '#platform/errors.ts';
import { watch } from 'node:fs';
import { join } from 'node:path';
import { isEveryAddress } from '#platform/addresses.ts';
import type { ProcessSpec } from './lib/child.ts';
import { lockDataDir, rememberedPorts } from '#platform/data-dir.ts';
import { createGuard, type Guard } from './lib/guard.ts';
import * as parts from './lib/local-stack.ts';
import { errorMessage, openLog, withoutRepeats } from './lib/logs.ts';
import { inProject } from '#platform/paths.ts';
import { listenAdvice, listenError } from '#platform/ports.ts';
import { runStep } from './lib/run-step.ts';
import { createService, type Service } from './lib/service.ts';
import { lookForTemporal } from './lib/temporal-binary.ts';
import { keepPrepared, keepsFile } from './lib/temporal-data.ts';
import type { Settings, Steps } from './prepare.ts';

type LocalConfig = Settings['config'];

const say = (line: string): void => console.log(line);
const complain = (line: string): void => console.error(line);

/** Services in the order in which they came up, and all that is needed to add one. */
interface Running {
  guard: Guard;
  services: Service[];
  config: LocalConfig;
  stopped: AbortController;
  /** The start cannot go on: the reason is the last line, whatever steps beside it still have to say. */
  failed: boolean;
}

function fixedPorts(config: LocalConfig): [string, number, string][] {
  const web: [string, number, string][] = [['PORT', config.PORT, config.HOST]];
  if (config.TEMPORAL_ADDRESS) return web;
  return [
    ...web,
    ['TEMPORAL_PORT', config.TEMPORAL_PORT, '127.0.0.1'],
    ['TEMPORAL_UI_PORT', config.TEMPORAL_UI_PORT, '127.0.0.1'],
  ];
}

async function checkPorts(config: LocalConfig): Promise<void> {
  const ports = fixedPorts(config);
  for (const [name, port, host] of ports) {
    const twin = ports.find(([other, otherPort]) => other !== name && otherPort === port);
    if (twin) throw new PlainError(`${name} and ${twin[0]} are both ${port}; set one of them to another port`);
    const code = await listenError(host, port);
    if (code) throw new PlainError(listenAdvice(code, name, host, port));
  }
}

async function addService(running: Running, name: string, prepare: () => Promise<ProcessSpec>): Promise<Service> {
  running.stopped.signal.throwIfAborted();
  const log = openLog(join(running.config.DATA_DIR, 'logs'), name.toLowerCase().replaceAll(' ', '-'), complain);
  const report = withoutRepeats((message) => complain(`${name}: ${message}`));
  const service = createService({
    name,
    guard: running.guard,
    prepare,
    say: complain,
    onLine(line) {
      log(line);
      const message = errorMessage(line);
      if (message && !running.stopped.signal.aborted) report(message);
    },
  });
  running.services.push(service);
  await service.start();
  return service;
}

const step = <Name extends keyof Steps>(running: Running, name: Name, env?: NodeJS.ProcessEnv): Promise<Steps[Name]> =>
  runStep(name, { guard: running.guard, say: (line) => running.failed || say(line), env });

/** Brings up PostgreSQL unless one is named, and migrates. Returns the database's URL. */
async function bringUpDatabase(running: Running, stack: parts.Stack): Promise<string> {
  const given = stack.config.DATABASE_URL;
  if (given) {
    await step(running, 'database', { DATABASE_URL: stack.config.DATABASE_DIRECT_URL ?? given });
    return given;
  }
  const { url, adminUrl } = await parts.postgresSpec(stack);
  await addService(running, 'PostgreSQL', async () => (await parts.postgresSpec(stack)).spec);
  await step(running, 'database', { DATABASE_URL: url, ADMIN_URL: adminUrl, DATABASE_NAME: parts.databaseName });
  return url;
}

async function bringUpTemporal(running: Running, stack: parts.Stack): Promise<void> {
  if (stack.config.TEMPORAL_ADDRESS) return;
  const { config, searchAttributes } = stack;
  const { DATA_DIR, TEMPORAL_NAMESPACE: namespace } = config;
  // What takes minutes is a step of its own, which ends with this process.
  const program = (await lookForTemporal(config.TEMPORAL_CLI, say)) ?? (await step(running, 'temporal-program'));
  const isNew = !(await keepsFile(DATA_DIR, program.server, say));
  await addService(running, 'Temporal server', () => parts.temporalSpec(stack, program.binary));
  const env = { TEMPORAL_ADDRESS: `127.0.0.1:${config.TEMPORAL_PORT}` };
  await keepPrepared(DATA_DIR, { server: program.server, namespace, searchAttributes }, async () => {
    if (!isNew) await step(running, 'search-attributes', env);
  });
}

async function bringUpPortal(running: Running, stack: parts.Stack): Promise<void> {
  if (stack.config.PORTAL_URL) return;
  await addService(running, 'stand-in portal', () => Promise.resolve(parts.portalSpec(stack)));
}

/** Restarts the worker when its sources change. */
function restartOnChange(worker: Service, signal: AbortSignal): void {
  let pending: NodeJS.Timeout | undefined;
  for (const folder of ['domain', 'platform', 'db', 'notifications', 'workflows', 'activities', 'temporal']) {
    watch(inProject(folder), { recursive: true, signal }, () => {
      clearTimeout(pending);
      pending = setTimeout(() => {
        say('sources changed; starting the worker again');
        void worker.restart();
      }, 200);
    });
  }
}

/** Parts that do not need each other come up side by side. The first that fails ends the start. */
async function bringUp(running: Running, stack: parts.Stack): Promise<void> {
  const [databaseUrl, chromium] = await Promise.all([
    bringUpDatabase(running, stack),
    step(running, 'chromium'),
    bringUpTemporal(running, stack),
    bringUpPortal(running, stack),
    stack.dev ? undefined : step(running, 'web-build'),
  ]);
  const env = await parts.serviceEnv(stack, databaseUrl, chromium);
  const [worker] = await Promise.all([
    addService(running, 'worker', () => parts.workerSpec(stack, env)),
    addService(running, 'web', () => Promise.resolve(parts.webSpec(stack, env))),
  ]);
  if (stack.dev) restartOnChange(worker, running.stopped.signal);
}

function announce(stack: parts.Stack): void {
  if (!stack.config.PORTAL_URL) say(`demo account: ${parts.demo.email} / ${parts.demo.password}`);
  if (isEveryAddress(stack.config.HOST) && !stack.config.PUBLIC_URL)
    say('for other devices: set PUBLIC_URL to the address where they reach this one, as it stands in links and mail');
  const ui = parts.temporalUiUrl(stack);
  say(ui ? `Temporal UI: ${ui}` : `Temporal: ${stack.config.TEMPORAL_ADDRESS}`);
  say(`ready: ${parts.webUrl(stack)}`);
}

async function stopAll({ services, guard, stopped }: Running): Promise<void> {
  if (!stopped.signal.aborted) stopped.abort(new PlainError('stopped'));
  for (const service of services.toReversed()) await service.stop();
  guard.close();
}

/**
 * When the parent (npm) is killed, nobody is left to say stop: this process ends, and the guard ends the rest. Who starts us
 * otherwise says who they are, since one that is gone already cannot be asked.
 */
function endWithParent(stopped: AbortSignal): void {
  const { npm_lifecycle_event: npm, GIBNEY_SYNC_WATCH_PARENT: told } = process.env;
  if (!npm && !told) return;
  const parent = Number(told) || process.ppid;
  setInterval(() => {
    // npm may leave before us after Ctrl-C; then we are stopping in good order already.
    if (process.ppid === parent || stopped.aborted) return;
    complain('the process that started this one is gone: stopping');
    process.exit(1);
  }, 250).unref();
}

function endOnSignals(stop: () => Promise<void>): void {
  let asked = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (asked && signal === 'SIGINT') process.exit(130); // twice: the guard ends the rest by force
      if (asked) return;
      asked = true;
      complain(`${signal}: stopping`);
      void stop();
    });
  }
}

/** Everything between the first check and the line `ready:`. */
async function startAll(running: Running, settings: Settings): Promise<void> {
  await checkPorts(settings.config);
  if (settings.config.TEMPORAL_ADDRESS) await step(running, 'temporal');
  const ports = await rememberedPorts(settings.config.DATA_DIR, parts.freePortNames);
  const stack = { ...settings, ports, dev: process.argv.includes('--dev') };
  await bringUp(running, stack);
  announce(stack);
}

async function main(): Promise<void> {
  process.stdout.on('error', () => undefined); // the terminal is gone; the services go on until told to end
  process.stderr.on('error', () => undefined);
  const stopped = new AbortController();
  // First of all: what comes next may take minutes.
  endWithParent(stopped.signal);
  const guard = createGuard();
  const settings = await runStep('settings', { guard, say });
  const { config } = settings;
  const lock = await lockDataDir(config.DATA_DIR);
  const running: Running = { guard, services: [], config, stopped, failed: false };
  endOnSignals(async () => {
    await stopAll(running);
    await lock.release();
    process.exit(0);
  });
  try {
    await lock.noteGuard(guard.pid());
    await startAll(running, settings);
  } catch (error) {
    if (running.stopped.signal.aborted) return; // ended by a signal, which stops everything
    running.failed = true;
    complain(error instanceof PlainError ? error.message : `the start failed: ${(error as Error).message}`);
    await stopAll(running);
    await lock.release();
    process.exit(1);
  }
}

try {
  await main();
} catch (error) {
  if (!(error instanceof PlainError)) throw error;
  complain(error.message);
  process.exit(1);
}
