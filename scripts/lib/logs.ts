/** The logs of the child processes: everything into files, errors to the console in short. */
import { createWriteStream, existsSync, mkdirSync, renameSync, statSync, type WriteStream } from 'node:fs';
import { join } from 'node:path';

const rotateAtBytes = 10_000_000;
const tryAgainAfterMs = 60_000;
const repeatAfterMs = 10_000;
const errorLevel = 50;

/**
 * Opens `<folder>/<name>.log` for appending; a big one becomes `<name>.log.1` first. Returns what writes a line. A file that
 * cannot be written, as on a full disk, costs its lines and one word about it; a minute later it is tried again.
 */
export function openLog(folder: string, name: string, say: (line: string) => void): (line: string) => void {
  const file = join(folder, `${name}.log`);
  let stream: WriteStream | undefined;
  let failedAt = -Infinity;
  let isTold = false;
  const fail = (error: Error): void => {
    stream = undefined;
    failedAt = Date.now();
    if (!isTold) say(`${file} cannot be written (${error.message}): what ${name} has to say is not kept`);
    isTold = true;
  };
  const open = (): void => {
    try {
      setAside(folder, file);
      stream = createWriteStream(file, { flags: 'a' }).on('error', fail);
    } catch (error) {
      fail(error as Error);
    }
  };
  open();
  return (line) => {
    if (!stream && Date.now() - failedAt > tryAgainAfterMs) open();
    stream?.write(`${line}\n`);
  };
}

function setAside(folder: string, file: string): void {
  mkdirSync(folder, { recursive: true });
  if (existsSync(file) && statSync(file).size > rotateAtBytes) renameSync(file, `${file}.1`);
}

/** The message of a JSON log line of level error or worse; undefined for all other lines. */
export function errorMessage(line: string): string | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const { level, msg } = JSON.parse(line) as { level?: unknown; msg?: unknown };
    return typeof level === 'number' && level >= errorLevel && typeof msg === 'string' ? msg : undefined;
  } catch {
    return undefined; // not JSON after all
  }
}

/** Passes a message on unless the same one came a moment ago. */
export function withoutRepeats(say: (message: string) => void): (message: string) => void {
  const lastSaid = new Map<string, number>();
  return (message) => {
    const now = Date.now();
    if (now - (lastSaid.get(message) ?? 0) < repeatAfterMs) return;
    if (lastSaid.size > 100) lastSaid.clear();
    lastSaid.set(message, now);
    say(message);
  };
}
