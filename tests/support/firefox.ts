/** A real Firefox, steered by WebDriver BiDi, which asks this machine's stand-in for its maker's push server. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { findDebianTool, libraryPath } from './debian-tool.ts';

const preferences = (pushServer: string) => ({
  'dom.push.serverURL': pushServer,
  'dom.push.testing.allowInsecureServerURL': true,
  // Firefox turns its push client off where it is steered.
  ...{ 'remote.prefs.recommended': false, 'dom.push.connection.enabled': true },
  'permissions.default.desktop-notification': 1,
  'dom.webnotifications.requireuserinteraction': false,
  // Without a desktop there is nobody else to show them.
  'alerts.useSystemBackend': false,
  // Nothing is asked of the internet.
  ...{ 'app.update.enabled': false, 'app.normandy.enabled': false, 'services.settings.server': 'data:,' },
  ...{ 'network.captive-portal-service.enabled': false, 'network.connectivity-service.enabled': false },
  ...{ 'datareporting.policy.dataSubmissionEnabled': false, 'browser.safebrowsing.malware.enabled': false },
  ...{ 'browser.shell.checkDefaultBrowser': false, 'browser.aboutwelcome.enabled': false, 'browser.startup.page': 0 },
  ...{ 'termsofuse.bypassNotification': true, 'datareporting.policy.dataSubmissionPolicyBypassNotification': true },
});

export interface Firefox {
  setCookie(name: string, value: string, domain: string): Promise<void>;
  open(url: string): Promise<void>;
  /** What the expression resolves to, as a person's click would allow it. */
  evaluate(expression: string): Promise<unknown>;
  close(): Promise<void>;
}

/** Null where there is none to be had, or it cannot start here; the reason is said. */
export async function startFirefox(folder: string, pushServer: string): Promise<Firefox | null> {
  const of = 'firefox-esr';
  const program = await findDebianTool({ name: of, of, version: '--version' });
  if (program === null) return null;
  const profile = join(folder, 'profile');
  await mkdir(profile);
  const lines = Object.entries(preferences(pushServer)).map(
    ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`,
  );
  await writeFile(join(profile, 'user.js'), lines.join('\n'));
  const env = { ...process.env, MOZ_CRASHREPORTER_DISABLE: '1', ...libraryPath(program), HOME: folder };
  const args = ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port', '0'];
  const child = spawn(program, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(child, 'exit');
  const address = await Promise.race([listening(child.stderr), ended.then(() => null)]);
  if (address === null) {
    process.stderr.write('Firefox does not start here, so its own test is skipped\n');
    return null;
  }
  return steer(`${address}/session`, async () => (child.kill('SIGKILL'), void (await ended)));
}

async function listening(stderr: NodeJS.ReadableStream): Promise<string | null> {
  for await (const line of createInterface({ input: stderr })) {
    const [, address] = /WebDriver BiDi listening on (ws:\S+)/.exec(line) ?? [];
    if (address) return (stderr.resume(), address);
  }
  return null;
}

interface Answer {
  id: number;
  type: 'success' | 'error';
  result: Record<string, never>;
  message?: string;
}

async function steer(address: string, end: () => Promise<void>): Promise<Firefox> {
  const socket = new WebSocket(address);
  const waiting = new Map<number, (answer: Answer) => void>();
  socket.addEventListener('message', ({ data }) => {
    const answer = JSON.parse(data as string) as Answer;
    waiting.get(answer.id)?.(answer);
  });
  await once(socket, 'open');
  let last = 0;
  async function send<Result>(method: string, params: object): Promise<Result> {
    const id = (last += 1);
    const answered = new Promise<Answer>((resolve) => waiting.set(id, resolve));
    socket.send(JSON.stringify({ id, method, params }));
    const { type, result, message } = await answered;
    if (type === 'error') throw new Error(`${method}: ${message}`);
    return result as Result;
  }
  await send('session.new', { capabilities: {} });
  const { contexts } = await send<{ contexts: { context: string }[] }>('browsingContext.getTree', {});
  const { context } = contexts[0]!;
  return {
    setCookie: (name, value, domain) =>
      send('storage.setCookie', { cookie: { name, value: { type: 'string', value }, domain, path: '/' } }),
    open: (url) => send('browsingContext.navigate', { context, url, wait: 'complete' }),
    async evaluate(expression) {
      const wanted = { expression: `(async () => JSON.stringify(await (${expression})))()`, target: { context } };
      const options = { awaitPromise: true, userActivation: true };
      const { result, exceptionDetails } = await send<{
        result?: { value?: string };
        exceptionDetails?: { text: string };
      }>('script.evaluate', { ...wanted, ...options });
      if (exceptionDetails) throw new Error(exceptionDetails.text);
      return result?.value === undefined ? undefined : (JSON.parse(result.value) as unknown);
    },
    async close() {
      socket.close();
      await end();
    },
  };
}
