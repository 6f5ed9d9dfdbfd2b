/** For a page that the server did not answer for: waits until it does. Loaded only then. */

const longestMs = 15_000;

/** False where it is no longer waited for. */
export async function untilReached(signal: AbortSignal, firstMs = 1_000): Promise<boolean> {
  for (let wait = firstMs; !signal.aborted; wait = Math.min(2 * wait, longestMs)) {
    if (await answers(signal)) return !signal.aborted;
    await pause(wait, signal);
  }
  return false;
}

/** From 502 on it is a proxy that answers, or a server that cannot; a redirect, whose status is 0, is an answer. */
async function answers(signal: AbortSignal): Promise<boolean> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(longestMs)]);
  try {
    const { status } = await fetch(location.href, { redirect: 'manual', cache: 'no-store', signal: limit });
    return status < 502;
  } catch {
    return false;
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });
}
