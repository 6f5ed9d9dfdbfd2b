/** What the browser may do on the machine: its process, its environment, its sandbox, and what its pages may reach. */
import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright';
import { afterEach, describe, expect, it } from 'vitest';
import { createBrowserPool, type BrowserPool } from '#activities/portal/browser-pool.ts';
import { useOwnTemporaryFolder } from '#platform/temporary-folder.ts';
import { chromiumLaunch, temporaryFolder } from '#tests/support/index.ts';
import { page, rowsFrom, serve, status, table, type HandMadePortal } from './hand-made-portal.ts';

interface Said {
  data: object;
  message: string;
}

let pool: BrowserPool;
let portal: HandMadePortal | undefined;
afterEach(async () => {
  await pool.close();
  await portal?.close();
});

function open(executablePath = chromiumLaunch().executablePath) {
  const said: Said[] = [];
  const note = (data: object, message: string) => void said.push({ data, message });
  pool = createBrowserPool({ executablePath, log: { info: note, warn: note } });
  return said;
}

const forever = new AbortController().signal;
const within = <Result>(work: (page: Page) => Promise<Result>, portalUrl?: string) =>
  pool.withPage(forever, work, portalUrl === undefined ? {} : { portalUrl });

describe.runIf(process.platform === 'linux')("the browser's process", () => {
  const proc = (pid: number, file: string) => readFileSync(`/proc/${pid}/${file}`, 'latin1');
  const fieldOf = (pid: number, name: string) =>
    new RegExp(`^${name}:\\s+(\\S+)`, 'm').exec(proc(pid, 'status'))?.[1] ?? '';

  /** The browser and all that it started. */
  function family(root: number): number[] {
    const parents = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => {
        try {
          return [{ pid: Number(name), parent: Number(fieldOf(Number(name), 'PPid')) }];
        } catch {
          return []; // it has ended meanwhile
        }
      });
    const below = (pid: number): number[] => [
      pid,
      ...parents.filter(({ parent }) => parent === pid).flatMap((child) => below(child.pid)),
    ];
    return below(root);
  }

  const sandboxPossible = () => {
    const user = process.getuid!() === 0 ? ['setpriv', '--reuid=65533', '--regid=65533', '--clear-groups'] : [];
    const [program, ...args] = [...user, 'unshare', '--user', 'true'];
    try {
      execFileSync(program, args, { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  };

  it('is not root, and its pages are sandboxed, wherever the kernel allows it; else the log says why not', async () => {
    await expectSafe(open());
  });

  it.each([
    ['where others may not write', 0o755],
    ['in a folder that others may not enter', 0o700],
  ])('is so with the temporary folder that a worker has, %s', async (_, mode) => {
    const before = process.env.TMPDIR;
    const above = mkdtempSync(path.join(tmpdir(), 'gibney-sync-closed-'));
    chmodSync(above, mode);
    process.env.TMPDIR = above;
    const folder = await useOwnTemporaryFolder('worker');
    try {
      await expectSafe(open());
    } finally {
      await pool.close();
      await folder.remove();
      rmSync(above, { recursive: true });
      if (before === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = before;
    }
  });

  function expectSafe(said: Said[]): Promise<void> {
    return within(async (page) => {
      await page.setContent('<p>x</p>');
      const pids = family(pool.stats().pid!);
      const renderers = pids.filter((pid) => proc(pid, 'cmdline').includes('--type=renderer'));
      expect(renderers).not.toEqual([]);
      if (!sandboxPossible()) return expect(said.map(({ message }) => message).join()).toContain('without its sandbox');
      expect(said).toEqual([]);
      expect(pids.map((pid) => fieldOf(pid, 'Uid'))).not.toContain('0');
      expect(renderers.map((pid) => fieldOf(pid, 'Seccomp'))).toEqual(renderers.map(() => '2'));
    });
  }

  it('gets neither keys nor addresses', async () => {
    process.env.CREDENTIALS_KEYS = 'a:planted-secret';
    process.env.DATABASE_URL = 'postgres://planted-secret@db/x';
    try {
      open();
      await within(async (page) => {
        await page.setContent('<p>x</p>');
        const told = family(pool.stats().pid!).map((pid) => proc(pid, 'environ') + proc(pid, 'cmdline'));
        expect(told.length).toBeGreaterThan(2);
        expect(told.join('\n')).not.toMatch(/planted-secret|CREDENTIALS|DATABASE/);
      });
    } finally {
      delete process.env.CREDENTIALS_KEYS;
      delete process.env.DATABASE_URL;
    }
  });

  it('starts without the sandbox where the machine has none, and says so once', async () => {
    const program = path.join(await temporaryFolder(), 'chromium');
    writeFileSync(
      program,
      `#!/bin/sh
      case "$*" in *--no-sandbox*) exec '${chromiumLaunch().executablePath}' "$@" ;; esac
      echo '[1:1:FATAL:zygote_host_impl_linux.cc(128)] No usable sandbox! Update your kernel' >&2
      exit 1`,
    );
    chmodSync(program, 0o755);
    const said = open(program);
    expect(await within((page) => page.evaluate('1 + 1'))).toBe(2);
    const about = said.filter(({ message }) => message.includes('without its sandbox'));
    expect(about[0]!.data).toMatchObject({ reason: expect.stringContaining('No usable sandbox') as string });
    await pool.close();
  });
});

describe('a page', () => {
  it('reaches nothing inside but the portal, whatever it tries', async () => {
    const reached: string[] = [];
    const inside = createServer((socket) => {
      reached.push('tcp');
      socket.on('error', () => undefined).destroy();
    });
    await once(inside.listen(0), 'listening');
    const udp = createSocket('udp4', () => reached.push('udp'));
    await new Promise<void>((resolve) => udp.bind((inside.address() as AddressInfo).port, resolve));
    const { port } = inside.address() as AddressInfo;
    const hosts = [
      '127.0.0.1',
      'localhost',
      '[::1]',
      '0.0.0.0',
      '2130706433',
      '127.1',
      'x.localhost',
      '[::ffff:127.0.0.1]',
    ];
    const tries = `
      const over = [];
      const quietly = (what) => over.push(Promise.race([Promise.resolve().then(what).catch(() => 0), new Promise((go) => setTimeout(go, 3000))]));
      for (const host of ${JSON.stringify(hosts)}) {
        const to = host + ':${port}';
        for (const scheme of ['http', 'https']) quietly(() => fetch(scheme + '://' + to, { mode: 'no-cors' }));
        for (const scheme of ['ws', 'wss']) quietly(() => new Promise((go) => { new WebSocket(scheme + '://' + to).onerror = go; }));
        quietly(() => navigator.sendBeacon('http://' + to, 'x'));
        quietly(() => new Promise((go) => { const frame = document.createElement('iframe'); frame.src = 'http://' + to; frame.onload = go; document.body.append(frame); }));
        quietly(() => new Promise((go) => { const source = new EventSource('http://' + to); source.onerror = () => { source.close(); go(); }; }));
        quietly(() => new Promise((go) => { const worker = new Worker(URL.createObjectURL(new Blob(['fetch("http://' + to + '").catch(() => 0).then(() => postMessage(1))']))); worker.onmessage = go; }));
        quietly(async () => { const line = new WebTransport('https://' + to); await line.ready; });
        quietly(() => new Promise((go) => {
          const peer = new RTCPeerConnection({ iceServers: [{ urls: 'stun:' + to }, { urls: 'turn:' + to + '?transport=tcp', username: 'x', credential: 'x' }] });
          peer.createDataChannel('x'); peer.onicegatheringstatechange = () => peer.iceGatheringState === 'complete' && go();
          peer.createOffer().then((offer) => peer.setLocalDescription(offer)); }));
      }
      quietly(() => fetch('/away', { mode: 'no-cors' }));
      Promise.all(over).then(() => { document.title = 'over'; });`;
    portal = await serve({
      '/': page('', tries),
      '/away': { status: 302, headers: { location: `http://127.0.0.1:${port}/` } },
    });
    const said = open();
    await within(async (page) => {
      await page.goto(portal!.url);
      await page.waitForFunction(() => document.title === 'over');
    }, portal.url);
    inside.close();
    udp.close();
    expect(portal.asked).toContain('/away');
    expect(reached).toEqual([]);
    expect(said.map(({ data }) => data)).toContainEqual({
      target: `localhost:${port}`,
      reason: 'it is inside, not on the internet',
    });
  }, 60_000);

  it('reaches not even the portal without being sent there', async () => {
    portal = await serve({ '/': page(status('1 item') + table(rowsFrom(0, 1))) });
    open();
    await expect(within((page) => page.goto(portal!.url))).rejects.toThrow(/ERR_SOCKS|ERR_PROXY/);
    expect(portal.asked).toEqual([]);
  });
});
