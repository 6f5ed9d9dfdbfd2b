/** The REST API keeps what each release promised. At a release: CONTRIBUTING.md. */
import { mkdtempSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inProject } from '#platform/paths.ts';
import { openApiDocument } from '#lib/server/rest/openapi.ts';
import { contractPaths, freezeRelease, readReleases, restTypesOf } from '#scripts/lib/contract.ts';
import { breakingChanges } from './breaking-changes.ts';
import type { Contract } from './breaking-changes.ts';

interface Exception {
  /** The release whose callers it concerns. */
  since: string;
  /** A pattern of what is found. */
  change: string;
  reason: string;
}

const read = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as unknown;
const kept = read(contractPaths.document) as Contract;
const copy = () => structuredClone(kept);
const exceptions = read(inProject('client', 'contract', 'exceptions.json')) as Exception[];
const releases = await readReleases();
const today = { version: 'today', document: JSON.parse(JSON.stringify(openApiDocument())) as object };

describe('the REST API', () => {
  const steps = releases.map((release, index) => ({ release, next: releases[index + 1] ?? today }));

  it.each(steps)('breaks no caller of $release.version, but for the exceptions with a reason', ({ release, next }) => {
    const accepted = exceptions.filter(({ since }) => since === release.version);
    const found = breakingChanges(release.document as Contract, next.document as Contract);
    expect(found.filter((change) => !accepted.some((one) => new RegExp(one.change).test(change)))).toEqual([]);
  });

  it('has a document for each release of the CHANGELOG', () => {
    const told = [...readFileSync(inProject('CHANGELOG.md'), 'utf8').matchAll(/^## \[(\d+\.\d+\.\d+)\]/gm)];
    expect(releases.map(({ version }) => version).reverse()).toEqual(told.map(([, version]) => version));
  });

  it('has the types in the client that its kept document says', async () => {
    expect(readFileSync(contractPaths.types, 'utf8')).toBe(await restTypesOf(kept));
  });
});

it('the document of a release is written once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gibney-sync-releases-'));
  const document = (title: string) => ({ info: { title } });
  for (const version of ['0.9.0', '0.10.0', '0.10.0'])
    await freezeRelease({ version, document: document(version) }, folder);
  expect(await freezeRelease({ version: '0.9.0', document: document('another') }, folder)).toBe(false);
  expect(await readReleases(folder)).toEqual([
    { version: '0.9.0', document: document('0.9.0') },
    { version: '0.10.0', document: document('0.10.0') },
  ]);
  await rm(folder, { recursive: true });
});

describe('a change that breaks callers', () => {
  const schema = (document: Contract, name: string) => document.components!.schemas![name]!;
  const parameter = (document: Contract, path: string, name: string) =>
    document.paths[path]!.get!.parameters!.find((one) => one.name === name)!;
  const cases: [string, (document: Contract) => unknown, string][] = [
    ['a call that is gone', (now) => delete now.paths['/user/bookings'], 'GET /user/bookings is gone'],
    ['a method that is gone', (now) => delete now.paths['/user/sync']!.delete, 'DELETE /user/sync is gone'],
    [
      'a field that is gone',
      (now) => delete schema(now, 'Booking').properties!.studio,
      'GET /user/bookings 200.bookings[] lost the field studio',
    ],
    [
      'a field that may be missing',
      (now) => schema(now, 'Booking').required!.splice(0, 1),
      'GET /user/bookings 200.bookings[] may lack id',
    ],
    [
      'a field that may be null',
      (now) => (schema(now, 'Booking').properties!.studio!.type = ['string', 'null']),
      'GET /user/bookings 200.bookings[].studio may be null',
    ],
    [
      'a value that is gone',
      (now) => schema(now, 'SyncStatus').properties!.state!.enum!.shift(),
      'GET /user/sync/status 200.state lost the value not_connected',
    ],
    [
      'an input that is wanted',
      (now) => schema(now, 'Registration').required!.push('name'),
      'POST /auth/register body wants name',
    ],
    [
      'a filter that is gone',
      (now) => now.paths['/user/bookings']!.get!.parameters!.shift(),
      'GET /user/bookings: the parameter from is gone',
    ],
    [
      'a smaller limit',
      (now) => (parameter(now, '/user/bookings', 'limit').schema!.maximum = 50),
      'GET /user/bookings limit is held to maximum 50',
    ],
    [
      'a greater least',
      (now) => (schema(now, 'Registration').properties!.password!.minLength = 20),
      'POST /auth/register body.password is held to minLength 20',
    ],
    [
      'a shorter text',
      (now) => (schema(now, 'Registration').properties!.password!.maxLength = 20),
      'POST /auth/register body.password is held to maxLength 20',
    ],
    [
      'a pattern',
      (now) => (schema(now, 'Registration').properties!.password!.pattern = '^a'),
      'POST /auth/register body.password is held to pattern ^a',
    ],
    [
      'a format',
      (now) => (parameter(now, '/user/bookings', 'cursor').schema!.format = 'uuid'),
      'GET /user/bookings cursor is held to format uuid',
    ],
    [
      'a format of an answer that is gone',
      (now) => delete schema(now, 'Booking').properties!.id!.format,
      'GET /user/bookings 200.bookings[].id is no longer a uuid',
    ],
    [
      'a choice of an input that is gone',
      (now) => schema(now, 'BulkRequest').properties!.action!.enum!.shift(),
      'POST /operate/bulk body.action lost the value sync',
    ],
    [
      'an error code that is gone',
      (now) => (now.paths['/user/sync']!.post!.responses['409']!.description = ''),
      'POST /user/sync no longer answers 409 paused',
    ],
    [
      'another answer',
      (now) => delete now.paths['/user/sync']!.post!.responses['202'],
      'POST /user/sync no longer answers 202',
    ],
  ];

  it.each(cases)('is found: %s', (_, change, expected) => {
    const now = copy();
    change(now);
    expect(breakingChanges(kept, now)).toContain(expected);
  });
});

it('an input that takes no unknown fields any more is found', () => {
  const open = copy();
  delete open.components!.schemas!.Registration!.additionalProperties;
  expect(breakingChanges(open, kept)).toEqual(['POST /auth/register body takes no unknown fields']);
});

describe('a change that breaks nobody', () => {
  it('is a limit that is wider, a pattern that is gone and another error', () => {
    const now = copy();
    const { properties } = now.components!.schemas!.Registration!;
    delete properties!.password!.minLength;
    properties!.password!.maxLength! += 1;
    properties!.email!.pattern = undefined;
    properties!.email!.format = undefined;
    now.paths['/user/sync']!.post!.responses['409']!.description += '. `tired`: Later';
    expect(breakingChanges(kept, now)).toEqual([]);
  });

  it('is a new call, a new field of an answer, a new choice and an input that may be left out', () => {
    const now = copy();
    now.paths['/user/new'] = now.paths['/user/sync']!;
    now.components!.schemas!.Booking!.properties!.color = { type: 'string' };
    now.components!.schemas!.Booking!.required!.push('color');
    now.components!.schemas!.Registration!.properties!.name = { type: 'string' };
    now.components!.schemas!.SyncStatus!.properties!.state!.enum!.push('resting');
    now.paths['/user/bookings']!.get!.parameters!.push({ name: 'color', in: 'query', schema: { type: 'string' } });
    expect(breakingChanges(kept, now)).toEqual([]);
  });
});
