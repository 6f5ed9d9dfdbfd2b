/** What lies in DATA_DIR may be cut off, empty or somebody else's: a start goes on, or says which file it is. */
import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { keptSecret, newKeyring, rememberedPorts } from '#platform/data-dir.ts';
import { PlainError } from '#platform/errors.ts';
import { localDatabaseUrl, localKeyring } from '#scripts/lib/local-secrets.ts';
import { openLog } from '#scripts/lib/logs.ts';
import { preparePostgres } from '#scripts/lib/postgres.ts';
import { temporaryFolder } from '../support/index.ts';

let folder: string;
beforeEach(async () => void (folder = await temporaryFolder()));

describe('a log', () => {
  it.each([
    ['on a full disk', (file: string) => symlink('/dev/full', file), 'ENOSPC'],
    ['in the place of something else', (file: string) => mkdir(file), 'EISDIR'],
  ])('%s costs its lines and one word about it', async (_, occupy, code) => {
    await occupy(join(folder, 'worker.log'));
    const said: string[] = [];
    const write = openLog(folder, 'worker', (line) => said.push(line));
    write('one');
    await vi.waitFor(() => expect(said).toEqual([expect.stringContaining(code)]));
    write('two');
    expect(said[0]).toContain(join(folder, 'worker.log'));
  });

  it('whose folder is a file is not kept, and the start goes on', async () => {
    await writeFile(join(folder, 'logs'), '');
    const said: string[] = [];
    openLog(join(folder, 'logs'), 'web', (line) => said.push(line))('one');
    expect(said).toEqual([expect.stringContaining('EEXIST')]);
  });

  it('is appended to', async () => {
    await writeFile(join(folder, 'web.log'), 'before\n');
    openLog(folder, 'web', (line) => expect(line).toBe(''))('after');
    await vi.waitFor(async () => expect(await readFile(join(folder, 'web.log'), 'utf8')).toBe('before\nafter\n'));
  });
});

describe('ports.json', () => {
  it.each(['', '{"postgres": 15', 'null', '[]', '{"postgres":"15000"}'])('%j counts as none', async (text) => {
    await writeFile(join(folder, 'ports.json'), text);
    const ports = await rememberedPorts(folder, ['postgres', 'portal']);
    expect(JSON.parse(await readFile(join(folder, 'ports.json'), 'utf8'))).toEqual(ports);
    expect(await rememberedPorts(folder, ['postgres', 'portal'])).toEqual(ports);
  });

  it('that is being read keeps its old text until the new one is whole', async () => {
    await rememberedPorts(folder, ['postgres']);
    const before = await stat(join(folder, 'ports.json'));
    await rememberedPorts(folder, ['postgres']);
    expect((await stat(join(folder, 'ports.json'))).ino).not.toBe(before.ino);
    expect(await readdir(folder)).toEqual(['ports.json']);
  });

  it.each(['', '{'])('%j is no place to look for a database', async (text) => {
    await writeFile(join(folder, 'ports.json'), text);
    expect(() => localDatabaseUrl(folder)).toThrow(PlainError);
    expect(() => localDatabaseUrl(folder)).toThrow('set DATABASE_URL');
  });
});

describe('the file of a secret', () => {
  it('is its owner’s alone, and stays', async () => {
    const ring = await keptSecret(folder, 'credentials-keys', newKeyring);
    expect((await stat(join(folder, 'keys', 'credentials-keys'))).mode & 0o777).toBe(0o600);
    expect(await keptSecret(folder, 'credentials-keys', newKeyring)).toBe(ring);
    expect(localKeyring(folder)).toBe(ring);
  });

  it('that is empty is named, and no other secret is made', async () => {
    const file = join(folder, 'keys', 'credentials-keys');
    await mkdir(join(folder, 'keys'));
    await writeFile(file, '');
    const asked = keptSecret(folder, 'credentials-keys', newKeyring);
    await expect(asked).rejects.toThrow(PlainError);
    await expect(asked).rejects.toThrow(`${file} is empty`);
    expect(() => localKeyring(folder)).toThrow(`${file} is empty`);
    expect(await readFile(file, 'utf8')).toBe('');
  });

  it('that is PostgreSQL’s password and empty is named, too', async () => {
    await writeFile(join(folder, 'password'), '\n');
    await expect(preparePostgres({ folder, port: 15_001 })).rejects.toThrow(`${join(folder, 'password')} is empty`);
  });
});
