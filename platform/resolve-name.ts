/** Names that users give, resolved so that one that is slow holds up nobody else's. */
import { lookup, type LookupAddress } from 'node:dns';
import { Resolver } from 'node:dns/promises';

interface NameOptions {
  /** Whether what only this machine knows, such as its file of hosts, counts where no name service knows the name. */
  locally: boolean;
  /** Instead of the machine's name servers. */
  servers?: readonly string[];
}

/** For one question; the second try waits twice as long. */
const answerMs = 2_000;
/** For a name, however many name servers the machine has. */
const nameMs = 8_000;

const unknownCodes = ['ENOTFOUND', 'ENODATA', 'EBADNAME'];

/**
 * By questions to the name servers: `lookup` takes one of the process's four threads until it has its answer, so four names of
 * somebody's slow name server would hold up all others. Throws as `lookup` does.
 */
export async function resolveName(name: string, { locally, servers }: NameOptions): Promise<LookupAddress[]> {
  // Anew each time, since it reads once which name servers the machine has.
  const resolver = new Resolver({ timeout: answerMs, tries: 2 });
  if (servers) resolver.setServers(servers);
  const limit = setTimeout(() => resolver.cancel(), nameMs);
  const [four, six] = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
  clearTimeout(limit);
  const found = [...addressesIn(four, 4), ...addressesIn(six, 6)];
  if (found.length > 0) return found;
  const errors = [four, six].flatMap((answer) => (answer.status === 'rejected' ? [answer.reason as Error] : []));
  const isUnknown = errors.every((error) => unknownCodes.includes((error as NodeJS.ErrnoException).code ?? ''));
  if (locally && isUnknown) return lookUp(name);
  throw errors[0] ?? new Error(`${name} has no address`);
}

/** As all programs of the machine do. */
export function lookUp(name: string): Promise<LookupAddress[]> {
  return new Promise((resolve, reject) =>
    lookup(name, { all: true }, (error, found) => (error ? reject(error) : resolve(found))),
  );
}

const addressesIn = (answer: PromiseSettledResult<string[]>, family: number): LookupAddress[] =>
  answer.status === 'fulfilled' ? answer.value.map((address) => ({ address, family })) : [];
