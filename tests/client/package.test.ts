/** The client as another project has it: packed, unpacked into its node_modules, checked by TypeScript, and run. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { inProject } from '#platform/paths.ts';
import { useApp } from '../web/support/app.ts';
import type { TestUser } from '../web/support/app.ts';
import { seedRows } from '../web/support/rows.ts';

const run = promisify(execFile);
const app = await useApp();
const project = mkdtempSync(join(tmpdir(), 'gibney-sync-second-project-'));
let user: TestUser;

beforeAll(async () => {
  user = await app.newUser();
  await seedRows(app.databaseUrl, user.id, 'R-the-one');
  await run(process.execPath, [inProject('scripts', 'build-client.ts')], { cwd: inProject() });
  const packed = await run('npm', ['pack', inProject('client', 'dist'), '--pack-destination', project], {
    cwd: project,
  });
  const modules = join(project, 'node_modules');
  mkdirSync(join(modules, 'gibney-sync'), { recursive: true });
  const tarball = join(project, packed.stdout.trim().split('\n').at(-1)!);
  await run('tar', ['-xzf', tarball, '-C', join(modules, 'gibney-sync'), '--strip-components', '1']);
  // As npm would install them; from here, so that the test needs no network.
  for (const name of [
    '@trpc/client',
    '@trpc/server',
    'eventsource-parser',
    'openapi-fetch',
    'openapi-typescript-helpers',
  ]) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(inProject('node_modules', name), join(modules, name));
  }
}, 300_000);

afterAll(() => rm(project, { recursive: true, force: true }));

const program = `
import { createClient, errorOf } from 'gibney-sync/client';
import type { Booking, SyncStatus } from 'gibney-sync/client';

const client = createClient({ url: process.env.APP_URL!, key: process.env.APP_KEY! });
const { data } = await client.rest.GET('/user/bookings', { params: { query: { limit: 10 } } });
const bookings: Booking[] = data!.bookings;
const profile: { email: string } = await client.trpc.account.profile.query();
let status: SyncStatus | null = null;
for await (const seen of client.watch()) {
  status = seen;
  break;
}
const stranger = createClient({ url: process.env.APP_URL!, key: 'gsk_nonsense' });
const elsewhere = createClient({ url: 'http://127.0.0.1', fetch: async () => new Response('no', { status: 404 }) });
const kinds: unknown[] = [];
for (const call of [() => elsewhere.rest.GET('/user/profile'), () => stranger.rest.GET('/user/profile'), () => stranger.trpc.account.profile.query(), () => stranger.watch().next()])
  await call().catch((error: unknown) => kinds.push(errorOf(error)?.kind));
console.log(JSON.stringify({ names: bookings.map(({ name }) => name), email: profile.email, state: status?.state, kinds }));
`;

const wrong = `
import { createClient } from 'gibney-sync/client';
const client = createClient({ url: 'http://127.0.0.1' });
// @ts-expect-error there is no such call
void client.rest.GET('/user/nonsense');
// @ts-expect-error there is no such filter
void client.rest.GET('/user/bookings', { params: { query: { colour: 'red' } } });
// @ts-expect-error there is no such procedure
void client.trpc.sync.nonsense.query();
// @ts-expect-error a price is a number
void client.trpc.bookings.list.query().then(({ bookings }) => bookings[0]!.priceCents!.trim());
`;

it('is typed for programs elsewhere, and works', async () => {
  const files = { 'package.json': '{"type":"module","private":true}', 'program.ts': program, 'wrong.ts': wrong };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(project, name), text);
  const strict = [
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2024',
    '--lib',
    'es2024,dom,dom.iterable,dom.asynciterable',
  ];
  const types = [
    '--types',
    'node',
    '--typeRoots',
    inProject('node_modules', '@types'),
    '--noEmit',
    '--preserveSymlinks',
  ];
  const sources = ['program.ts', 'wrong.ts'];
  const checked = await run(inProject('node_modules', '.bin', 'tsc'), [...strict, ...types, ...sources], {
    cwd: project,
  }).then(
    () => '',
    (error: { stdout: string }) => error.stdout,
  );
  expect(checked).toBe('');
  const env = { ...process.env, APP_URL: app.url, APP_KEY: user.token };
  // As the oldest Node that it is for.
  const older = ['--import', 'data:text/javascript,delete URL.parse'];
  const { stdout } = await run(process.execPath, [...older, '--preserve-symlinks', 'program.ts'], {
    cwd: project,
    env,
  });
  expect(JSON.parse(stdout)).toEqual({
    names: ['R-the-one'],
    email: user.email,
    state: expect.any(String) as string,
    kinds: ['not_ours', 'signed_out', 'signed_out', 'signed_out'],
  });
}, 120_000);

it('carries nothing of the server', () => {
  const names = readdirSync(join(project, 'node_modules', 'gibney-sync'), { recursive: true })
    .map(String)
    .sort();
  expect(names).toEqual([
    'client.d.ts',
    'contract',
    join('contract', 'rest.d.ts'),
    join('contract', 'router.d.ts'),
    'errors.d.ts',
    'index.d.ts',
    'index.js',
    'package.json',
    'transport.d.ts',
    'watch.d.ts',
  ]);
});
