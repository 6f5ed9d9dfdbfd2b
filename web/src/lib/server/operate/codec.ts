/**
 * Opens and seals payloads for the Temporal UI and its command line, by the protocol of Temporal's codec servers, for operators:
 * `POST /operate/codec/decode` and `…/encode`. The UI asks from its own origin, with its user's cookie of ours.
 */
import { z } from 'zod';
import { createPayloadCodec, PayloadKeyError } from '#temporal/payload-codec.ts';
import { noteDeed } from '../audit/audit.ts';
import { assertSameOrigin } from '../auth/same-origin.ts';
import { assertScope } from '../auth/scopes.ts';
import type { Session } from '../auth/session.ts';
import { ApiError } from '../errors.ts';
import { admit } from '../http/admit.ts';
import type { DirectCall, HttpAnswer } from '../http/exchange.ts';
import { asApiError } from '../known-errors.ts';
import { problemAnswer } from '../rest/problem.ts';
import { readJson } from '../rest/read-json.ts';
import { fieldErrors } from '../schemas/field-errors.ts';
import type { Services } from '../services.ts';

/** As protobuf writes bytes in JSON. */
const bytes = z.string().transform((text) => Buffer.from(text, 'base64'));

/** Protobuf leaves out what is empty: a query without arguments is sealed as `{}`. */
const request = z.object({
  payloads: z.array(z.object({ metadata: z.record(z.string(), bytes).nullish(), data: bytes.nullish() })).nullish(),
});

export async function answerCodec(call: DirectCall, verb: string): Promise<HttpAnswer> {
  const headers = corsHeaders(call);
  if (call.method === 'OPTIONS') return { status: 204, headers: { ...headers, allow: 'OPTIONS, POST' } };
  try {
    const body = JSON.stringify({ payloads: await coded(call, verb) });
    return {
      status: 200,
      headers: { ...headers, 'content-type': 'application/json', 'cache-control': 'no-store' },
      body,
    };
  } catch (error) {
    const known = asApiError(error);
    if (known.reason === 'internal') call.services.log.error({ err: error, path: call.url.pathname }, 'a call failed');
    return problemAnswer(known, headers);
  }
}

async function coded(call: DirectCall, verb: string) {
  const { services, method, headers, clientAddress } = call;
  if (method !== 'POST')
    throw new ApiError('method_not_allowed', `${method} is not supported here, but OPTIONS, POST.`);
  const session = await admit(services, headers, clientAddress);
  if (!session) throw new ApiError('unauthorized', 'Sign in, or send a valid token.');
  const note = (outcome: string) =>
    services.keyCalls.note(session, { action: `POST /operate/codec/${verb}`, outcome, isChange: false });
  try {
    assertOperator(call, session);
    if (verb === 'decode' && session.via !== 'api_key') await noteReading(services, session);
    const payloads = await codedPayloads(call, verb);
    note('ok');
    return payloads;
  } catch (error) {
    note(asApiError(error).reason);
    throw error;
  }
}

/** A page of the UI asks for each payload by itself: once in a while says as much, and can be read. */
const readingMs = 60_000;
const readings = new Map<string, { at: number; noted: Promise<void> }>();

async function noteReading(services: Services, session: Session): Promise<void> {
  const now = Date.now();
  for (const [id, { at }] of readings) if (now - at >= readingMs) readings.delete(id);
  const reading = readings.get(session.id) ?? {
    at: now,
    noted: noteDeed(services, session, { action: 'codec.decode' }),
  };
  readings.set(session.id, reading);
  await reading.noted.catch((error: unknown) => {
    readings.delete(session.id);
    throw error;
  });
}

async function codedPayloads(call: DirectCall, verb: string) {
  const { TEMPORAL_PAYLOAD_KEYS: keys } = call.services.config;
  if (!keys) throw new ApiError('not_found', 'Nothing is sealed here: TEMPORAL_PAYLOAD_KEYS is not set.');
  const { data, error } = request.safeParse(await readJson(call));
  if (error) throw new ApiError('validation_failed', 'Some fields are not valid.', { fields: fieldErrors(error) });
  const codec = createPayloadCodec(keys);
  const payloads = data.payloads ?? [];
  try {
    return (await (verb === 'encode' ? codec.encode(payloads) : codec.decode(payloads))).map(jsonOf);
  } catch (thrown) {
    if (!(thrown instanceof PayloadKeyError)) throw thrown;
    throw new ApiError('validation_failed', thrown.message, { cause: thrown });
  }
}

function assertOperator(call: DirectCall, session: Session): void {
  assertScope(session, 'operate');
  if (!isOfUi(call)) assertSameOrigin(call, call.url, session, call.services.config.PUBLIC_URL);
}

function isOfUi({ services, headers }: DirectCall): boolean {
  const { TEMPORAL_UI_URL } = services.config;
  return TEMPORAL_UI_URL !== undefined && headers.get('origin') === new URL(TEMPORAL_UI_URL).origin;
}

/** The UI alone may read the answer from another origin. */
function corsHeaders(call: DirectCall): Record<string, string> {
  if (!isOfUi(call)) return { vary: 'origin' };
  return {
    vary: 'origin',
    'access-control-allow-origin': call.headers.get('origin')!,
    'access-control-allow-credentials': 'true',
    'access-control-allow-methods': 'POST',
    'access-control-allow-headers': 'authorization, authorization-extras, content-type, x-namespace',
    'access-control-max-age': '600',
  };
}

const base64 = (value: Uint8Array) => Buffer.from(value).toString('base64');

interface Payload {
  metadata?: Record<string, Uint8Array> | null;
  data?: Uint8Array | null;
}

function jsonOf({ metadata, data }: Payload) {
  const names = Object.entries(metadata ?? {}).map(([name, value]) => [name, base64(value)] as const);
  return { metadata: Object.fromEntries(names), ...(data && { data: base64(data) }) };
}
