/**
 * Sealing of what goes through Temporal, for those who want not even ids to be readable there: AES-256-GCM, the key's id in the
 * payload's metadata, laid out as in the samples of Temporal's SDKs: initialization vector, ciphertext, tag. What was written
 * before the sealing began stays readable, so running workflows go on, and old histories can be replayed.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';
import type { EncryptionKey, PayloadKeys } from '#platform/config.ts';

/** A payload that cannot be opened. The message names the key and never the value. */
export class PayloadKeyError extends Error {
  override name = 'PayloadKeyError';
}

const cipher = 'aes-256-gcm';
const ivBytes = 12;
const tagBytes = 16;
const encoding = 'binary/encrypted';
const keyIdName = 'encryption-key-id';

const { Payload: Message } = proto.temporal.api.common.v1;

export function createPayloadCodec({ seals, keys }: PayloadKeys): PayloadCodec {
  const [current] = keys;
  return {
    encode: (payloads) =>
      Promise.resolve(seals && current ? payloads.map((payload) => seal(current, payload)) : payloads),
    decode: async (payloads) => payloads.map((payload) => open(keys, payload)),
  };
}

const textOf = (bytes: Uint8Array | null | undefined) => (bytes ? Buffer.from(bytes).toString('utf8') : '');

function seal({ id, key }: EncryptionKey, payload: Payload): Payload {
  const iv = randomBytes(ivBytes);
  const sealing = createCipheriv(cipher, key, iv, { authTagLength: tagBytes });
  const data = Buffer.concat([iv, sealing.update(Message.encode(payload).finish()), sealing.final()]);
  return {
    metadata: { encoding: Buffer.from(encoding), [keyIdName]: Buffer.from(id) },
    data: Buffer.concat([data, sealing.getAuthTag()]),
  };
}

function open(keys: EncryptionKey[], payload: Payload): Payload {
  if (textOf(payload.metadata?.encoding) !== encoding) return payload;
  const id = textOf(payload.metadata?.[keyIdName]);
  const found = keys.find((key) => key.id === id);
  if (!found)
    throw new PayloadKeyError(
      `a payload is sealed with key "${id}", which is not among TEMPORAL_PAYLOAD_KEYS: add it after the first one`,
    );
  return Message.decode(openWith(found, Buffer.from(payload.data ?? [])));
}

function openWith({ id, key }: EncryptionKey, data: Buffer): Uint8Array {
  try {
    const opening = createDecipheriv(cipher, key, data.subarray(0, ivBytes), { authTagLength: tagBytes });
    opening.setAuthTag(data.subarray(-tagBytes));
    return Buffer.concat([opening.update(data.subarray(ivBytes, -tagBytes)), opening.final()]);
  } catch {
    // Whatever OpenSSL says, it means one of the two.
    throw new PayloadKeyError(
      `a payload sealed with key "${id}" is damaged, or that key of TEMPORAL_PAYLOAD_KEYS is another one`,
    );
  }
}
