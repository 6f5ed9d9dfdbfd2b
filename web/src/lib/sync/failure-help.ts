/** What a failure means, what is tried, and what to do: all of it from the one table of kinds. */
import type { FailureKind } from '#lib/api-types.ts';
import { policyOf } from '#domain/failure-kinds.ts';
import { spanText } from '#lib/time/spans.ts';

export interface FailureHelp {
  what: string;
  todo: string;
  /** Whether it was tried again within the sync. */
  tried: string;
  /** What becomes of the syncs after it. */
  schedule: string;
  /** Where it is mended, if here. */
  action: { href: string; label: string } | null;
}

const schedules = {
  pause: 'No sync starts by itself until then, so that nothing gets worse by trying again.',
  keep: 'The next sync comes at its usual time.',
  backoff:
    'If it fails again, we wait longer each time, up to six hours, and go back to the usual as soon as one succeeds.',
} as const;

const actions: Partial<Record<FailureKind, FailureHelp['action']>> = {
  invalid_credentials: { href: '/settings#gibney', label: 'Update your sign-in' },
  account_locked: { href: '/dashboard', label: 'Resume on the first page' },
  verification_required: { href: '/dashboard', label: 'Resume on the first page' },
};

export function failureHelp(kind: FailureKind): FailureHelp {
  const { message, remedy, retryDelaysMs, schedule } = policyOf(kind);
  return {
    what: message,
    todo: remedy,
    tried: triedText(retryDelaysMs),
    schedule: schedules[schedule],
    action: actions[kind] ?? null,
  };
}

function triedText(delays: readonly number[]): string {
  if (delays.length === 0) return 'It is not tried again within the same sync.';
  const times = delays.length === 1 ? 'once more' : `up to ${delays.length} times more`;
  const last = delays.at(-1)!;
  return `Within the same sync it is tried ${times}, after waits of up to ${spanText(last)}.`;
}
