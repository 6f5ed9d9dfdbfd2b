/** What docs/operations.md asks Temporal for: each query names what a run can be found by, and a value that it can have. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { failureKindNames } from '#domain/failure-kinds.ts';
import { inProject } from '#platform/paths.ts';
import type { CarriedState } from '#workflows/messages.ts';
import * as names from '#workflows/names.ts';
import { createEntity } from '#workflows/sync-entity.ts';
import { attributesOf } from '#workflows/sync-status.ts';

const document = readFileSync(inProject('docs', 'operations.md'), 'utf8');
const terms = [...document.matchAll(/\b([A-Z][A-Za-z]+) ?(=|<|>) ?('[^']*'|\d+)/g)].map(
  ([term, attribute, , value]) => ({
    term,
    attribute: attribute!,
    value: value!.replaceAll("'", ''),
  }),
);

const asleep: CarriedState = {
  connected: true,
  revision: 1,
  intervalMinutes: 120,
  nextSyncAt: Date.now(),
  lastSyncAt: null,
  pausedReason: null,
  consecutiveFailures: 0,
  lastJob: null,
  pending: null,
};
const pending = { jobId: 'a job', triggeredManually: true, options: {} };

/** Attributes are written between syncs. */
const statuses = [{}, { connected: false }, { pausedReason: 'user' as const }, { pending }].map((part) => {
  const entity = createEntity({ userId: 'a user', state: { ...asleep, ...part } });
  return attributesOf(entity).find(({ key }) => key.name === 'SyncStatus')!.value;
});

const isNumber = (value: string) => /^\d+$/.test(value);
/** A moment, or what to put there, as in `<ten minutes ago>`. */
const isTime = (value: string) => /^<.*>$/.test(value) || !Number.isNaN(Date.parse(value));
const fits: Record<string, (value: string) => boolean> = {
  WorkflowType: (value) => Object.entries(names).some(([name, type]) => name.endsWith('Type') && type === value),
  ExecutionStatus: (value) => value === 'Running',
  StartTime: isTime,
  SyncStatus: (value) => statuses.includes(value),
  SyncErrorCode: (value) => (failureKindNames as string[]).includes(value),
  SyncFailures: isNumber,
  NextSyncAt: isTime,
};

it('are more than a few', () => {
  expect(new Set(terms.map(({ attribute }) => attribute))).toContain('NextSyncAt');
  expect(terms.length).toBeGreaterThan(8);
});

it.each(terms)('$term finds what there is', ({ attribute, value }) => {
  expect(Object.keys(fits)).toContain(attribute);
  expect(fits[attribute]!(value)).toBe(true);
});

it('every search attribute is told, with the values that it has', () => {
  for (const { name } of Object.values(names.searchAttributes)) expect(document).toContain(`| \`${name}\``);
  const [, told] = /^\| `SyncStatus` +\|(.*)\|$/m.exec(document)!;
  expect([...told!.matchAll(/`(\w+)`/g)].map(([, value]) => value).sort()).toEqual([...statuses].sort());
});
