import { webcrypto } from 'node:crypto';
import { defaultPayloadConverter } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import { describe, expect, it } from 'vitest';
import { loadTemporalSettings } from '#platform/config.ts';
import { clientConverter, workerConverter } from '#temporal/data-converter.ts';
import { createPayloadCodec } from '#temporal/payload-codec.ts';

const one = { id: 'one', key: Buffer.alloc(32, 1) };
const two = { id: 'two', key: Buffer.alloc(32, 2) };
const payload = defaultPayloadConverter.toPayload({ userId: 'planted' });
const codecOf = (...keys: (typeof one)[]) => createPayloadCodec({ seals: true, keys });
const plain = (found: typeof payload) => defaultPayloadConverter.fromPayload(found);

describe('a sealed payload', () => {
  it('shows nothing but the key’s name, and opens with that key', async () => {
    const [sealed] = await codecOf(one).encode([payload]);
    expect(Buffer.from(sealed!.data!).toString('latin1')).not.toMatch(/planted|userId|json/);
    const words = Object.entries(sealed!.metadata!).map(([name, bytes]) => [name, Buffer.from(bytes).toString()]);
    expect(Object.fromEntries(words)).toEqual({ encoding: 'binary/encrypted', 'encryption-key-id': 'one' });
    const [opened] = await codecOf(one).decode([sealed!]);
    expect(plain(opened!)).toEqual({ userId: 'planted' });
  });

  it('is laid out as others read it: initialization vector, ciphertext and tag of the whole payload', async () => {
    const [sealed] = await codecOf(one).encode([payload]);
    const [iv, text] = [sealed!.data!.subarray(0, 12), sealed!.data!.subarray(12)];
    const key = await webcrypto.subtle.importKey('raw', one.key, 'AES-GCM', false, ['decrypt']);
    const bytes = await webcrypto.subtle.decrypt({ name: 'AES-GCM', iv: Buffer.from(iv) }, key, Buffer.from(text));
    expect(plain(temporal.api.common.v1.Payload.decode(new Uint8Array(bytes)))).toEqual({ userId: 'planted' });
  });

  it('of an older key opens while that is in the ring, and says which key it wants once it is not', async () => {
    const sealed = await codecOf(one).encode([payload]);
    const [opened] = await codecOf(two, one).decode(sealed);
    expect(plain(opened!)).toEqual({ userId: 'planted' });
    await expect(codecOf(two).decode(sealed)).rejects.toThrow('sealed with key "one", which is not among');
  });

  it('that was changed on its way, or whose key has another value, does not open', async () => {
    const sealed = await codecOf(one).encode([payload]);
    const other = { id: 'one', key: two.key };
    await expect(codecOf(other).decode(sealed)).rejects.toThrow('sealed with key "one" is damaged');
    sealed[0]!.data![20]! ^= 1;
    await expect(codecOf(one).decode(sealed)).rejects.toThrow('sealed with key "one" is damaged');
  });
});

it('what was written before there were keys is read as it is', async () => {
  expect(await codecOf(one).decode([payload, {}])).toEqual([payload, {}]);
});

describe('TEMPORAL_PAYLOAD_KEYS', () => {
  const read = (value: string) =>
    loadTemporalSettings({ TEMPORAL_ADDRESS: '127.0.0.1:1', TEMPORAL_PAYLOAD_KEYS: value }).TEMPORAL_PAYLOAD_KEYS;
  const key = one.key.toString('base64');

  it('unset leaves everything as it is', () => {
    expect([clientConverter(undefined), workerConverter(undefined)]).toEqual([{}, {}]);
  });

  it('seals with the first key, failures too', () => {
    expect(read(`one:${key}`)).toEqual({ seals: true, keys: [one] });
    expect(workerConverter(read(`one:${key}`)).failureConverterPath).toMatch(/failure-converter/);
  });

  it('with `off` first opens and does not seal', async () => {
    const keys = read(`off,one:${key}`)!;
    expect(keys).toEqual({ seals: false, keys: [one] });
    expect(workerConverter(keys)).not.toHaveProperty('failureConverterPath');
    const codec = createPayloadCodec(keys);
    expect(await codec.encode([payload])).toEqual([payload]);
    const [opened] = await codec.decode(await codecOf(one).encode([payload]));
    expect(plain(opened!)).toEqual({ userId: 'planted' });
  });

  it.each(['off', 'off,', 'one', `one:${key},one:${key}`, 'one:c2hvcnQ='])('refuses %s by its name', (value) => {
    expect(() => read(value)).toThrow(/^TEMPORAL_PAYLOAD_KEYS wants /);
  });
});
