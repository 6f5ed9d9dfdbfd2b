/** The REST API keeps what the last release promised. After a release: `npm run contract`. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openApiDocument } from '#lib/server/rest/openapi.ts';
import { contractPaths, restTypesOf } from '#scripts/lib/contract.ts';
import { breakingChanges } from './breaking-changes.ts';
import type { Contract } from './breaking-changes.ts';

const kept = JSON.parse(readFileSync(contractPaths.document, 'utf8')) as Contract;
const copy = () => structuredClone(kept);

describe('the REST API', () => {
  it('breaks no caller of the last release', () => {
    expect(breakingChanges(kept, JSON.parse(JSON.stringify(openApiDocument())) as Contract)).toEqual([]);
  });

  it('has the types in the client that its kept document says', async () => {
    expect(readFileSync(contractPaths.types, 'utf8')).toBe(await restTypesOf(kept));
  });
});

describe('a change that breaks callers', () => {
  const schema = (document: Contract, name: string) => document.components!.schemas![name]!;
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

describe('a change that breaks nobody', () => {
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
