/** The stand-in portal as a process of its own: what `npm start` runs while no real portal is named. */
import { fstatSync } from 'node:fs';
import { realisticDelays, startPortal, type Portal } from './server.ts';

const demoRentals = 137;
const env = process.env;

const portal = await start();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void end());
endWithParent();
process.send?.({ type: 'ready', url: portal.url });
process.stdout.write(`listening ${portal.url}\n`);

async function start(): Promise<Portal> {
  const port = Number(env.PORTAL_PORT || 0);
  const demo = {
    username: env.DEMO_PORTAL_USERNAME || 'demo.dancer@example.com',
    password: env.DEMO_PORTAL_PASSWORD || 'pirouette',
    rentals: demoRentals,
    seed: 'demo',
  };
  try {
    return await startPortal({ host: env.HOST || '127.0.0.1', port, delays: realisticDelays, users: [demo] });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    process.stderr.write(`the stand-in portal cannot start on PORTAL_PORT ${port}: ${reason}\n`);
    process.exit(1);
  }
}

/** Whoever started this shows by the end of the channel, or of a pipe on standard input, that it has died. */
function endWithParent(): void {
  if (process.send) process.once('disconnect', () => void end());
  else if (isPiped()) process.stdin.resume().once('end', () => void end());
}

function isPiped(): boolean {
  const input = fstatSync(0);
  return input.isFIFO() || input.isSocket();
}

async function end(): Promise<void> {
  await portal.close();
  process.exit(0);
}
