/**
 * Kit shows an error page in place of one whose data cannot be read again, also while a deploy is under way. Here the
 * reading waits for the server instead, and the page keeps what it has. (Kit reads by the `fetch` of the window.)
 */
import type { Connection } from './connection.svelte.ts';

const [firstMs, saidAfterMs, longestMs] = [500, 4_000, 15_000];
let waiting = 0;
let isPatient = false;

/** Of reads whose answer Kit passes over. */
const mostReads = 4;

/**
 * `read` reads the data of the present page once more. Where something else changed the page meanwhile, Kit passes over what it
 * read and says nothing: `sign` tells by the data itself, which are read once more then.
 */
export async function readAgain(read: () => Promise<void>, connection: Connection, sign: () => unknown): Promise<void> {
  if (!isPatient) makePatient();
  const [before, { pathname }] = [sign(), location];
  waiting += 1;
  try {
    for (let reads = 0; reads < mostReads && sign() === before && location.pathname === pathname; reads += 1)
      await read();
  } finally {
    waiting -= 1;
  }

  function makePatient() {
    const plain = window.fetch;
    isPatient = true;
    window.fetch = (input, init) =>
      waiting > 0 && isOfPage(input) ? patiently(() => plain(input, init)) : plain(input, init);
  }

  async function patiently(ask: () => Promise<Response>): Promise<Response> {
    const { pathname } = location;
    for (let wait = firstMs; ; wait = Math.min(2 * wait, longestMs)) {
      const answer = await ask().catch(() => null);
      if (answer && answer.status < 502) {
        connection.reached();
        return answer;
      }
      if (wait >= saidAfterMs) connection.lost();
      await new Promise((resolve) => setTimeout(resolve, wait));
      // On another page by now: Kit would come back to this one for its error.
      if (location.pathname !== pathname) return new Promise(() => {});
    }
  }
}

function isOfPage(input: RequestInfo | URL): boolean {
  const url = input instanceof Request ? input.url : String(input);
  return url.includes(`${location.pathname}/__data.json`);
}
