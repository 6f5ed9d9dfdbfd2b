/** The image is built here from exactly the files that it gets, and its programs start from exactly those that it keeps. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readFile, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { inProject } from '#platform/paths.ts';
import { findFreePort } from '#platform/ports.ts';
import { temporaryFolder } from '../support/index.ts';
import { until } from '../support/until.ts';

const run = promisify(execFile);
const linesOf = async (file: string) => (await readFile(inProject(file), 'utf8')).split('\n');

/** What `COPY . .` copies: `.dockerignore` refuses everything but what it names. */
async function admitted(): Promise<string[]> {
  const lines = (await linesOf('.dockerignore')).filter(Boolean);
  expect(lines[0]).toBe('**');
  return lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
}

/** What a stage of the Dockerfile copies from the build. */
async function kept(): Promise<string[]> {
  const copies = (await linesOf('Dockerfile')).filter((line) => line.startsWith('COPY --from=build'));
  const sources = copies.flatMap((line) => line.split(' ').slice(2, -1));
  return sources.map((source) => source.replace('/app/', '')).filter((source) => source !== 'node_modules');
}

async function copyAll(names: string[], from: string, to: string): Promise<void> {
  const isOurs = (source: string) => !/\/(\.svelte-kit|web\/build)$/.test(source) || from !== inProject();
  for (const name of names) await cp(join(from, name), join(to, name), { recursive: true, filter: isOurs });
}

interface Lock {
  packages: Record<string, { dev?: boolean; devOptional?: boolean }>;
}

/** Links the packages that `npm prune --omit=dev` leaves. */
async function linkProductionPackages(to: string): Promise<void> {
  const { packages } = JSON.parse(await readFile(inProject('package-lock.json'), 'utf8')) as Lock;
  const direct = Object.entries(packages).filter(
    ([path, { dev }]) => /^node_modules\/(@[^/]+\/)?[^/]+$/.test(path) && !dev,
  );
  for (const [path] of direct) {
    await mkdir(dirname(join(to, path)), { recursive: true });
    await symlink(inProject(path), join(to, path));
  }
}

const programs = [
  ['web/server.ts'],
  ['temporal/worker.ts'],
  ['db/migrate.ts'],
  ['scripts/prepare-temporal.ts'],
  ['scripts/prepare-database.ts'],
];

describe('the image', () => {
  let image: string;

  beforeAll(async () => {
    const [build, service] = [await temporaryFolder(), await temporaryFolder()];
    await copyAll(await admitted(), inProject(), build);
    await symlink(inProject('node_modules'), join(build, 'node_modules'));
    const command = (await linesOf('Dockerfile')).find((line) => line.startsWith('RUN npx'))!;
    const [tool, ...args] = command.split(' && ')[0]!.split(' ').slice(2);
    await run(join(build, 'node_modules', '.bin', tool!), args, { cwd: build });
    await run(process.execPath, [join(build, 'scripts', 'sbom.ts'), join(build, 'sbom.cdx.json')]);
    await copyAll(await kept(), build, service);
    await linkProductionPackages(service);
    image = service;
  }, 300_000);

  it.each(programs)('starts %s, which asks for its settings', async (program) => {
    const started = run(process.execPath, [program], { cwd: image, env: { PATH: process.env.PATH } });
    await expect(started).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^[A-Z_]+ is required/) as string,
    });
  });

  it('serves pages', { timeout: 120_000 }, async () => {
    const port = String(await findFreePort());
    const env = {
      PATH: process.env.PATH,
      NODE_ENV: 'production',
      PORT: port,
      DATA_DIR: await temporaryFolder(),
      DATABASE_URL: 'postgres://nobody:nothing@127.0.0.1:1/none',
      TEMPORAL_ADDRESS: '127.0.0.1:1',
      PORTAL_URL: 'https://portal.example',
      CREDENTIALS_KEYS: `k1:${Buffer.alloc(32).toString('base64')}`,
    };
    const web = spawn(process.execPath, ['web/server.ts'], { cwd: image, env, stdio: 'inherit' });
    try {
      const page = await until('the page', () => fetch(`http://127.0.0.1:${port}/how-it-works`));
      expect(page.status).toBe(200);
      expect(await page.text()).toContain('How it works');
    } finally {
      web.kill('SIGKILL');
      await once(web, 'close');
    }
  });
});
