/** The stand-in portal as a process of its own: what `npm start` runs while no real portal is named. */
import { fstatSync, type Stats } from 'node:fs';
import { realisticDelays, startPortal } from './server.ts';

const demoRentals = 137;
const env = process.env;

const portal = await startPortal({
  host: env.HOST || '127.0.0.1',
  port: Number(env.PORTAL_PORT || 0),
  delays: realisticDelays,
  users: [
    {
      username: env.DEMO_PORTAL_USERNAME || 'demo.dancer@example.com',
      password: env.DEMO_PORTAL_PASSWORD || 'pirouette',
      rentals: demoRentals,
      seed: 'demo',
    },
  ],
});

function isPipe(input: Stats): boolean {
  return input.isFIFO() || input.isSocket();
}

async function end(): Promise<void> {
  await portal.close();
  process.exit(0);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void end());
if (process.send) {
  process.once('disconnect', () => void end());
  process.send({ type: 'ready', url: portal.url });
} else if (isPipe(fstatSync(0))) {
  // Without a channel, a pipe from the parent shows by its end that the parent has died.
  process.stdin.resume().once('end', () => void end());
}
process.stdout.write(`listening ${portal.url}\n`);
