import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSecrets, SecretsError, secretContext } from '#db/secrets.ts';

const key = (id: string) => ({ id, key: randomBytes(32) });
const current = key('2026');
const secrets = createSecrets([current]);
const place = secretContext.portalPassword('row-1');

describe('a sealed value', () => {
  it('opens to what it was, whatever it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (plain) => secrets.open(secrets.seal(plain, place), place) === plain),
    );
  });

  it('shows nothing of what it was, and is never the same twice', () => {
    const sealed = secrets.seal('pirouette', place);
    expect(sealed).toMatch(/^v1\.2026\.[\w-]{16}\.[\w-]+\.[\w-]{22}$/);
    expect(Buffer.from(sealed.split('.')[3]!, 'base64url').toString()).not.toContain('pirouette');
    expect(secrets.seal('pirouette', place)).not.toBe(sealed);
  });

  it.each([
    ['another row', secretContext.portalPassword('row-2')],
    ['another column', secretContext.portalSession('row-1')],
  ])('does not open in %s', (_case, elsewhere) => {
    expect(() => secrets.open(secrets.seal('pirouette', place), elsewhere)).toThrow(SecretsError);
  });

  it('does not open where any part of it was altered', () => {
    const parts = secrets.seal('pirouette', place).split('.');
    for (const index of [2, 3, 4]) {
      const bytes = Buffer.from(parts[index]!, 'base64url');
      bytes[0]! ^= 1;
      const altered = parts.with(index, bytes.toString('base64url')).join('.');
      expect(() => secrets.open(altered, place)).toThrow(SecretsError);
    }
  });

  it('does not open with a tag cut short', () => {
    const parts = secrets.seal('pirouette', place).split('.');
    const short = Buffer.from(parts[4]!, 'base64url').subarray(0, 4).toString('base64url');
    expect(() => secrets.open(parts.with(4, short).join('.'), place)).toThrow(SecretsError);
  });

  it('is told apart from anything else', () => {
    for (const text of ['', 'pirouette', 'v2.a.b.c.d', 'v1.a.b.c', 'v1.a.b.c.d.e'])
      expect(() => secrets.open(text, place)).toThrow('not a sealed value');
  });
});

describe('keys', () => {
  it('that were replaced still open, while new values take the new key', () => {
    const old = secrets.seal('pirouette', place);
    const rotated = createSecrets([key('2027'), current]);
    expect(rotated.open(old, place)).toBe('pirouette');
    expect(rotated.keyIdOf(old)).toBe('2026');
    expect(rotated.keyIdOf(rotated.seal('pirouette', place))).toBe(rotated.currentKeyId);
  });

  it('that are not there are named', () => {
    const sealed = secrets.seal('pirouette', place);
    expect(() => createSecrets([key('2027')]).open(sealed, place)).toThrow('"2026"');
  });

  it('of the same name but another content do not open, and the message holds no secret', () => {
    const sealed = secrets.seal('pirouette', place);
    const other = createSecrets([key('2026')]);
    expect(() => other.open(sealed, place)).toThrow(
      new SecretsError('a value sealed with key "2026" is damaged or belongs elsewhere'),
    );
  });

  it('are needed', () => {
    expect(() => createSecrets([])).toThrow(SecretsError);
  });
});
