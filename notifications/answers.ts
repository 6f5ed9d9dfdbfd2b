/** What receivers elsewhere answer, for all channels that speak HTTP to them. */
import type { Tried } from '#domain/deliveries.ts';
import { OutboundError, type OutboundLimits, type OutboundReason } from '#platform/outbound.ts';

/** How much of an answer is kept, for people to read. */
const keptCharacters = 500;

/** Many users may have receivers at one host, which must not wait for one another. */
export const receiverLimits: OutboundLimits = {
  timeoutMs: 15_000,
  maxBytes: 256_000,
  connections: Infinity,
  statusDecides: true,
};

const unanswered: Record<OutboundReason, string> = {
  address_refused: 'The address is not on the public internet, so nothing was sent there.',
  insecure: 'The address does not begin with https://.',
  bad_certificate: 'The certificate of the address is not valid.',
  timed_out: `There was no answer within ${receiverLimits.timeoutMs / 1_000} seconds.`,
  too_large: 'The answer was too long.',
  unreachable: 'The address could not be reached.',
};

/** What it means that there was no answer. Throws any other error. */
export function failureWithoutAnswer(error: unknown): Extract<Tried, { outcome: 'failed' }> {
  if (!(error instanceof OutboundError)) throw error;
  return { outcome: 'failed', error: unanswered[error.reason] };
}

/** The beginning of what they said. */
export async function keptAnswer(response: Response): Promise<string> {
  return (await response.text()).slice(0, keptCharacters);
}

/** How long they want to be left alone, where they say so. */
export function putOffBy({ headers }: Response): { retryAfterMs?: number } {
  const retryAfterMs = retryAfterOf(headers.get('retry-after'));
  return retryAfterMs === null ? {} : { retryAfterMs };
}

/** Seconds, or a date. */
function retryAfterOf(header: string | null): number | null {
  if (header === null) return null;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1_000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, at - Date.now());
}

/** For an answer that is not one of the good ones. */
export function refusedText(who: string, status: number): string {
  if (status >= 300 && status < 400) return `${who} redirected (${status}), which is not followed.`;
  return `${who} answered ${status}.`;
}
