import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { connectControl } from './control-client.ts';

const main = fileURLToPath(new URL('main.ts', import.meta.url));
const children: ChildProcess[] = [];

afterEach(() => children.splice(0).forEach((child) => child.kill('SIGKILL')));

function startMain(stdio: ('pipe' | 'ignore' | 'ipc')[], env: Record<string, string> = {}): ChildProcess {
  const child = spawn(process.execPath, [main], { stdio, env: { ...process.env, ...env } });
  children.push(child);
  return child;
}

async function listening(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stdout! })) {
    if (line.startsWith('listening ')) return line.slice('listening '.length);
  }
  throw new Error('the portal ended without a word');
}

describe('the stand-in portal as a process', () => {
  test('says where it listens, by a line and by a message, with the demo account on it', async () => {
    const child = startMain(['ignore', 'pipe', 'pipe', 'ipc'], { DEMO_PORTAL_USERNAME: 'dee' });
    const [message, url] = await Promise.all([once(child, 'message'), listening(child)]);
    expect(message[0]).toEqual({ type: 'ready', url });
    expect(await connectControl(url).users()).toEqual(['dee']);
    expect(await connectControl(url).rentals('dee')).toHaveLength(137);
  });

  test('ends when its channel closes', async () => {
    const child = startMain(['ignore', 'pipe', 'pipe', 'ipc']);
    await once(child, 'message');
    child.disconnect();
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  test('ends when the pipe to its standard input closes', async () => {
    const child = startMain(['pipe', 'pipe', 'pipe']);
    await listening(child);
    child.stdin!.end();
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  test('ends on SIGTERM although requests are open', async () => {
    const child = startMain(['ignore', 'pipe', 'pipe']);
    const url = await listening(child);
    const open = fetch(`${url}/_nc_external/analytics/beacon`).catch(() => 'ended');
    await connectControl(url).users();
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(await open).toBe('ended');
  });

  test('a port that is taken is said by name', async () => {
    const first = startMain(['ignore', 'pipe', 'pipe']);
    const { port } = new URL(await listening(first));
    const second = startMain(['ignore', 'pipe', 'pipe'], { PORTAL_PORT: port });
    const said: string[] = [];
    second.stderr!.on('data', (chunk: Buffer) => said.push(chunk.toString()));
    expect(await once(second, 'close')).toEqual([1, null]);
    expect(said.join('')).toContain(`PORTAL_PORT ${port}`);
  });
});
