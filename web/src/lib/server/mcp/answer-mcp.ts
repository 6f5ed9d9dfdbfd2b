/** From a request at /mcp to its answer: the Model Context Protocol over streamable HTTP, for assistants that hold a key. */
import { credentialOf } from '../auth/authenticate.ts';
import { mayOperate } from '../auth/scopes.ts';
import type { Session } from '../auth/session.ts';
import { ApiError } from '../errors.ts';
import { admit } from '../http/admit.ts';
import type { DirectCall, HttpAnswer, RequestHeaders } from '../http/exchange.ts';
import { asApiError } from '../known-errors.ts';
import { problemAnswer } from '../rest/problem.ts';
import { answerMessage } from './server.ts';

export async function answerMcp(call: DirectCall): Promise<HttpAnswer> {
  return answerCall(call).catch((error: unknown) => {
    const known = asApiError(error);
    if (known.reason === 'internal') call.services.log.error({ err: error }, 'a call of an assistant failed');
    return problemAnswer(known);
  });
}

async function answerCall(call: DirectCall): Promise<HttpAnswer> {
  const { services, headers, clientAddress } = call;
  assertKnownOrigin(headers, services.config.PUBLIC_URL);
  const session = assertKey(await admit(services, headers, clientAddress), headers, services.config.PUBLIC_URL);
  const request = await call.asRequest();
  if (/^\s*\[/.test(await request.clone().text()))
    throw new ApiError('bad_request', 'Send one message at a time: the protocol has no batches any more.');
  const response = await answerMessage(request, { services, session });
  const { status, body } = response;
  const given = { 'cache-control': 'no-store', ...Object.fromEntries(response.headers) };
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream');
  return { status, headers: given, body: isStream && body ? body : await response.text() };
}

/**
 * Programs name no origin, and browsers name the page's: a page whose name was made to lead to this machine is no page of
 * ours. Throws `forbidden_origin`.
 */
function assertKnownOrigin(headers: RequestHeaders, publicUrl: string): void {
  const origin = headers.get('origin');
  if (origin === null || ownOrigins(publicUrl).includes(origin)) return;
  throw new ApiError(
    'forbidden_origin',
    'Web pages of other sites may not call this. Use a program, without an Origin.',
  );
}

const ownMachine = ['localhost', '127.0.0.1', '[::1]'];

function ownOrigins(publicUrl: string): string[] {
  const { origin, hostname, port } = new URL(publicUrl);
  if (!ownMachine.includes(hostname)) return [origin];
  return ownMachine.map((name) => `http://${name}${port && `:${port}`}`);
}

/** What an assistant reads, others wrote, and may tell it to do more than its user wants. Throws `insufficient_scope`. */
function assertHarmless(session: Session): Session {
  if (!mayOperate(session.scopes)) return session;
  throw new ApiError('insufficient_scope', 'A key with the scope operate opens nothing here. Make one without it.');
}

/**
 * A browser sends its cookie whoever asks, and a session's token may do everything and is in no log of calls: only a key opens this.
 * Throws `unauthorized`, `insufficient_scope`.
 */
function assertKey(session: Session | null, headers: RequestHeaders, publicUrl: string): Session {
  if (session?.via === 'api_key') return assertHarmless(session);
  const page = `${publicUrl}/settings/keys`;
  if (!session && credentialOf(headers)?.via === 'api_key')
    throw new ApiError(
      'unauthorized',
      `This key has expired, was revoked or is not complete. Make another at ${page}, and put it in the place of this one.`,
    );
  const what = session ? 'A session opens nothing here. ' : '';
  throw new ApiError('unauthorized', `${what}Send an API key as "Authorization: Bearer gsk_…". Make one at ${page}.`);
}
