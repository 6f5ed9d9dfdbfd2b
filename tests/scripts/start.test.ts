import { once } from 'node:events';
import { readFile, rm, stat } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { Client, Connection } from '@temporalio/client';
import pg from 'pg';
import { afterEach, describe, expect, test } from 'vitest';
import {
  launchStack,
  stackProcesses,
  startStack,
  untilNoProcess,
  type Stack,
  type StackRun,
} from '../support/stack.ts';

const started: StackRun[] = [];
const remember = <Run extends StackRun>(run: Run): Run => {
  started.push(run);
  return run;
};

afterEach(async () => {
  for (const run of started.splice(0)) {
    run.child.kill('SIGKILL');
    await untilNoProcess(run.dataDir, 10_000);
    await rm(run.dataDir, { recursive: true, force: true });
  }
});

const anotherProgram = async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
};

describe('a start that cannot work says why before anything runs', () => {
  test.for([
    ['PORTAL_URL', 'not a url', /^PORTAL_URL wants an address/],
    ['PORT', '70000', /^PORT wants a port number/],
    ['TEMPORAL_PORT', '0', /^TEMPORAL_PORT wants a port number from 1/],
    ['SYNC_INTERVAL_MINUTES', 'often', /^SYNC_INTERVAL_MINUTES wants a whole number/],
    ['HOST', '999.1.1.1', /^HOST 999\.1\.1\.1 cannot be found \(ENOTFOUND\); set HOST to/],
    ['HOST', '192.0.2.1', /^HOST 192\.0\.2\.1 is no address of this machine; set HOST to/],
    ['DATA_DIR', '/proc/gibney-sync/none', /^DATA_DIR \/proc\/gibney-sync\/none cannot be made .*set DATA_DIR to/],
  ] as const)('%s=%s', async ([name, value, message]) => {
    const run = remember(await launchStack({ env: { [name]: value } }));
    expect(await run.ended).toBe(1);
    expect(run.lines).toEqual([expect.stringMatching(message)]);
    expect(stackProcesses(run.dataDir)).toEqual([]);
  });

  test.for(['PORT', 'TEMPORAL_PORT', 'TEMPORAL_UI_PORT'])('%s taken by another program', async (name) => {
    const taken = await anotherProgram();
    const run = remember(await launchStack({ env: { [name]: String(taken.port) } }));
    expect(await run.ended).toBe(1);
    expect(run.lines).toEqual([`${name} ${taken.port} is taken by another program; set ${name} to a free one`]);
    taken.close();
  });
});

describe('a part of somebody else that is not there ends the start with the name of its variable', () => {
  test.for([
    [
      'DATABASE_URL',
      'postgres://somebody:a-secret@127.0.0.1:1/bookings',
      /^DATABASE_URL: no PostgreSQL answers at 127/,
    ],
    ['TEMPORAL_ADDRESS', '127.0.0.1:1', /^TEMPORAL_ADDRESS 127\.0\.0\.1:1 does not answer \(Connection refused\)/],
  ] as const)('%s', { timeout: 120_000 }, async ([name, value, message]) => {
    const run = remember(await launchStack({ env: { [name]: value } }));
    expect(await run.ended).toBe(1);
    expect(run.lines.at(-1)).toMatch(message);
    expect(run.lines.join('\n')).not.toContain('a-secret');
    expect(stackProcesses(run.dataDir)).toEqual([]);
  });
});

const sleeper = 'sleeper';

/** A workflow that nobody works on, so that it is there until its server forgets it. */
async function startSleepingWorkflow(address: string): Promise<string> {
  const connection = await Connection.connect({ address });
  const options = { workflowId: sleeper, taskQueue: 'nobody' };
  const handle = await new Client({ connection }).workflow.start('sleeper', options).finally(() => connection.close());
  return handle.firstExecutionRunId;
}

async function describeSleepingWorkflow(address: string) {
  const connection = await Connection.connect({ address });
  return new Client({ connection }).workflow
    .getHandle(sleeper)
    .describe()
    .finally(() => connection.close());
}

async function query(databaseUrl: string, statement: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  return client
    .query(statement)
    .then(({ rows }) => rows as unknown[])
    .finally(() => client.end());
}

const firstProcess = (pattern: RegExp, dataDir: string): number =>
  stackProcesses(dataDir).find(({ command }) => pattern.test(command))!.pid;

/** Readable by their owner only. */
async function secretsOf(dataDir: string): Promise<string[]> {
  const files = ['keys/credentials-keys', 'postgres/password'].map((name) => `${dataDir}/${name}`);
  for (const file of files) expect((await stat(file)).mode & 0o077).toBe(0);
  return Promise.all(files.map((file) => readFile(file, 'utf8')));
}

describe('a running service', { timeout: 400_000 }, () => {
  test('kill -9 of npm leaves nothing after 5 s, and the next start finds data, keys and workflows as they were', async () => {
    const stack = remember(await startStack({ via: 'npm' }));
    const runId = await startSleepingWorkflow(stack.temporalAddress);
    await query(stack.databaseUrl, 'create table survivor as select 42 as answer');
    const secrets = await secretsOf(stack.dataDir);
    const processes = stackProcesses(stack.dataDir);
    expect(processes.length).toBeGreaterThan(5);
    stack.child.kill('SIGKILL');
    expect(await untilNoProcess(stack.dataDir, 5_000, processes)).toEqual([]);

    const again = remember(await startStack({ env: stack.env }));
    expect(await query(again.databaseUrl, 'select answer from survivor')).toEqual([{ answer: 42 }]);
    expect(await describeSleepingWorkflow(again.temporalAddress)).toMatchObject({ runId, status: { name: 'RUNNING' } });
    expect(await secretsOf(again.dataDir)).toEqual(secrets);
    const left = stackProcesses(again.dataDir);
    again.child.kill('SIGKILL'); // of node itself, without npm between
    expect(await untilNoProcess(again.dataDir, 5_000, left)).toEqual([]);
  });

  test('two copies run side by side, a second one in the same DATA_DIR says who is there', async () => {
    const [one, two] = await Promise.all([
      startStack({ env: { HOST: '0.0.0.0' } }),
      startStack({ env: { HOST: 'localhost' } }),
    ]);
    remember(one);
    remember(two);
    expect(one.lines.slice(-3)).toEqual([
      expect.stringMatching(/^for other devices: set PUBLIC_URL/),
      `Temporal UI: ${one.temporalUiUrl}`,
      `ready: ${one.url}`,
    ]);
    expect(two.lines.at(-1)).toBe(`ready: http://localhost:${two.env.PORT}`);
    const statuses = await Promise.all([fetch(one.url), fetch(`http://localhost:${two.env.PORT}`)]);
    expect(statuses.every(({ status }) => status < 500)).toBe(true);
    const second = await launchStack({ env: { DATA_DIR: one.dataDir } });
    expect(await second.ended).toBe(1);
    expect(second.lines).toEqual([expect.stringMatching(/runs in .* already \(process \d+\)/)]);
    await two.stop();
    await restartsAndEnds(one);
  });

  async function restartsAndEnds(stack: Stack): Promise<void> {
    expect(stack.lines.slice(-2)).toEqual([`Temporal UI: ${stack.temporalUiUrl}`, `ready: ${stack.url}`]);
    expect(stack.lines.filter((line) => line.startsWith('ready:'))).toHaveLength(1);
    expect(stack.lines.join('\n')).toMatch(/demo account: \S+@\S+ \/ \S+/);
    expect((await fetch(stack.temporalUiUrl)).status).toBe(200);

    for (const [name, pattern] of [
      ['worker', /temporal\/worker\.ts/],
      ['web', /web\/server\.ts/],
      ['Temporal server', /start-dev/],
      ['PostgreSQL', /postgres -D/],
    ] as const) {
      process.kill(firstProcess(pattern, stack.dataDir), 'SIGKILL');
      await stack.line(new RegExp(`^${name} ended \\(signal SIGKILL\\); starting it again in \\d+ s$`));
      await stack.line(new RegExp(`^${name} runs again$`));
    }
    expect((await fetch(stack.url)).status).toBeLessThan(500);

    stack.child.kill('SIGTERM');
    expect(await stack.ended).toBe(0);
    expect(await untilNoProcess(stack.dataDir, 1_000)).toEqual([]);
  }
});
