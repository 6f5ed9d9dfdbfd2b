/**
 * What messages say, which operators type by hand: of any type, or missing. A handler that throws stops its workflow for ever, and what it
 * hands to an activity that cannot take it is tried for ever.
 */
import { isUuid } from '#domain/ids.ts';
import { isInstant } from '#domain/instants.ts';
import { phases } from '#domain/phases.ts';
import { pausedByNames } from '#domain/sync-states.ts';
import type { ProgressReport } from '#domain/sync.ts';
import type { PauseInput } from './messages.ts';

type Checks = Record<string, (value: unknown) => boolean>;

const isFlag = (value: unknown) => typeof value === 'boolean';
const isMoment = (value: unknown) => typeof value === 'string' && isInstant(Date.parse(value));
const isCount = (value: unknown) => Number.isSafeInteger(value);

const options: Checks = { freshSession: isFlag, upcomingOnly: isFlag, dryRun: isFlag, from: isMoment, to: isMoment };
const request: Checks = { options: (value) => fits(value, options), background: isFlag, jobId: isUuid };

/** Whether a sync can be made of it. Nothing at all is a request without wishes. */
export function isRequest(input: unknown): boolean {
  return fits(input, request);
}

/** Whether it names the sync to cancel, or none: whichever there is. */
export function isCancel(input: unknown): boolean {
  return fits(input, { jobId: (value) => typeof value === 'string' });
}

export function isReport({ attempt, seq, phase, done, total }: Record<keyof ProgressReport, unknown>): boolean {
  return [attempt, seq, done, total ?? 0].every(isCount) && phases.some((known) => known === phase);
}

/** A pause until anything else has no end, and one by anybody else is the user's own. */
export function pauseIn(input: { until?: unknown; by?: unknown } | null | undefined): PauseInput {
  const by = pausedByNames.find((known) => known === input?.by);
  return { ...(isInstant(input?.until) && { until: input.until }), ...(by && { by }) };
}

/** Names that are not known are those of another release. */
function fits(input: unknown, checks: Checks): boolean {
  if (input === undefined || input === null) return true;
  if (typeof input !== 'object' || Array.isArray(input)) return false;
  const given = Object.entries(input).filter(([, value]) => value !== undefined && value !== null);
  return given.every(([name, value]) => checks[name]?.(value) ?? true);
}
