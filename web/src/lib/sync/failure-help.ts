/** What a failure means, what is tried, and what to do: all of it from the one table of kinds. */
import type { FailureKind } from '#domain/failure-kinds.ts';
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
  pause: 'No sync starts automatically until then, so that trying again does not make it worse.',
  keep: 'The next sync starts at its usual time.',
  backoff:
    'If it fails again, we wait longer each time, up to six hours, and return to the usual interval as soon as one succeeds.',
  soon: 'The next sync starts within minutes. This one does not count as a failure.',
} as const;

const actions: Partial<Record<FailureKind, FailureHelp['action']>> = {
  invalid_credentials: { href: '/settings#gibney', label: 'Update your sign-in' },
  account_locked: { href: '/dashboard', label: 'Resume on the dashboard' },
  verification_required: { href: '/dashboard', label: 'Resume on the dashboard' },
  action_required: { href: '/gibney', label: 'Open the Gibney site' },
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
  if (delays.length === 0) return 'Not retried within the same sync.';
  const times = delays.length === 1 ? 'once' : `up to ${delays.length} times`;
  const last = delays.at(-1)!;
  return `Retried ${times} within the same sync, after waits of up to ${spanText(last)}.`;
}
