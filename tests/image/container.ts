/** Runs a service of docker-compose.yml from the image, confined as the file says. */
import { interpolate, type ComposeService } from '../deploy/compose-file.ts';
import { spawnChild, waitUntilReady, type ProcessSpec, type RunningChild } from '#scripts/lib/child.ts';
import type { Guard } from '#scripts/lib/guard.ts';
import { inProject } from '#platform/paths.ts';
import type { Tools } from './tools.ts';

export interface World {
  tools: Tools;
  guard: Guard;
  image: string;
  services: Record<string, ComposeService>;
  /** What stands for the file named `.env`. */
  settings: Record<string, string>;
  /** Addresses here, where the file names those between containers. */
  here: Record<string, string>;
}

export interface Container {
  name: string;
  lines: string[];
  /** The first process in it, as this machine numbers it. */
  pid(): Promise<number>;
  stop(): Promise<number | null>;
}

/** Runs one that ends by itself; throws where that is not by 0. */
export async function runToEnd(world: World, name: string, extra: Record<string, string> = {}): Promise<string[]> {
  const lines: string[] = [];
  const child = spawnChild(specOf(world, name, extra), world.guard);
  child.onLine((line) => lines.push(line));
  const { code } = await child.ended;
  if (code !== 0) throw new Error(`${name} ended by ${code}:\n${lines.slice(-20).join('\n')}`);
  return lines;
}

/** Starts one that stays, and waits until it says so. */
export async function start(
  world: World,
  name: string,
  ready: RegExp,
  extra: Record<string, string> = {},
): Promise<Container> {
  const lines: string[] = [];
  const spec = specOf(world, name, extra);
  const child = spawnChild(spec, world.guard);
  child.onLine((line) => lines.push(line));
  const saysSo = (running: RunningChild) =>
    new Promise<void>((resolve) => running.onLine((line) => ready.test(line) && resolve()));
  await waitUntilReady({ ...spec, ready: saysSo } satisfies ProcessSpec, child);
  return {
    name,
    lines,
    pid: async () => Number(await world.tools.podman('inspect', '--format', '{{.State.Pid}}', name)),
    stop: async () => (await child.stop()).code,
  };
}

function specOf({ tools, image, services, settings, here }: World, name: string, extra: Record<string, string>) {
  const service = services[name]!;
  const declared = Object.entries(service.environment ?? {}).map(([key, value]): [string, string] => [
    key,
    here[key] ?? interpolate(String(value), settings),
  ]);
  const env = { ...Object.fromEntries(declared), ...extra };
  const command = (service.command ?? []).map((word) => interpolate(word, settings));
  const args = [
    ...[...tools.storage, '--runtime', 'runc', '--cgroup-manager', 'cgroupfs', 'run', '--rm', '--name', name],
    ...['--pull', 'never', '--network', 'host', ...limits, ...confinement(service, settings)],
    ...Object.entries(env).flatMap(([key, value]) => ['--env', `${key}=${value}`]),
    ...[image, ...command],
  ];
  const times = { stopGraceMs: 90_000, readyTimeoutMs: 180_000 };
  return { name, command: 'podman', args, cwd: inProject(), stopSignal: 'SIGTERM' as const, ...times };
}

/** Lower than a machine's own: to raise them may be refused. */
const limits = ['--ulimit', 'nofile=8192:8192', '--ulimit', 'nproc=4096:4096'];

function confinement(service: ComposeService, settings: Record<string, string>): string[] {
  const path = (option: string): string => option.replace(/^seccomp:/, 'seccomp=').replace(/:true$/, '');
  return [
    ...(service.read_only ? ['--read-only', '--read-only-tmpfs=false'] : []),
    ...(service.tmpfs ?? []).flatMap((folder) => ['--tmpfs', folder]),
    ...(service.cap_drop ?? []).flatMap((capability) => ['--cap-drop', capability]),
    ...(service.security_opt ?? []).flatMap((option) => ['--security-opt', path(option)]),
    ...(service.volumes ?? []).flatMap((volume) => ['--volume', volume]),
    ...(service.mem_limit ? ['--memory', interpolate(service.mem_limit, settings)] : []),
    ...(service.pids_limit ? ['--pids-limit', String(service.pids_limit)] : []),
    ...(service.shm_size ? ['--shm-size', service.shm_size.replace(/b$/, '')] : []),
  ];
}
