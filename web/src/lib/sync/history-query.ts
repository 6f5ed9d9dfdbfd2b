/** What the history is narrowed to, as it stands in its address. */
import type { FailureKind } from '#domain/failure-kinds.ts';
import { isFailureKind } from '#domain/failure-kinds.ts';

export const outcomes = {
  completed: 'Completed',
  partial: 'Completed with gaps or rentals gone',
  failed: 'Failed',
} as const;
export type Outcome = keyof typeof outcomes;

export const triggers = { manual: 'By you', scheduled: 'Automatically' } as const;
export type Trigger = keyof typeof triggers;

/** Failure kinds in the words of a list. */
export const failureNames: Record<FailureKind, string> = {
  invalid_credentials: 'Sign-in not accepted',
  account_locked: 'Account locked',
  verification_required: 'Verification code needed',
  action_required: 'Gibney wants something first',
  portal_changed: 'Gibney’s page changed',
  portal_unavailable: 'Gibney not answering',
  portal_rate_limited: 'Asked to slow down',
  timed_out: 'Took too long',
  no_capacity: 'All browsers busy',
  interrupted: 'Interrupted',
  cancelled: 'Canceled by you',
  internal: 'Our fault',
};

export interface HistoryQuery {
  outcome: Outcome | '';
  trigger: Trigger | '';
  kind: FailureKind | '';
}

/** Whatever cannot be read is as if it were not there. */
export function readHistoryQuery(params: URLSearchParams): HistoryQuery {
  const [outcome, trigger, kind] = ['outcome', 'trigger', 'kind'].map((name) => params.get(name) ?? '');
  return {
    outcome: Object.hasOwn(outcomes, outcome!) ? (outcome as Outcome) : '',
    trigger: Object.hasOwn(triggers, trigger!) ? (trigger as Trigger) : '',
    kind: isFailureKind(kind) ? kind : '',
  };
}

/** The same as the server's list of jobs takes it. */
export function jobFilterOf({ outcome, trigger, kind }: HistoryQuery) {
  return {
    ...(outcome && { status: outcome === 'failed' ? ('failed' as const) : ('completed' as const) }),
    ...((outcome === 'completed' || outcome === 'partial') && { partial: outcome === 'partial' }),
    ...(trigger && { triggeredManually: trigger === 'manual' }),
    ...(kind && { errorCode: kind }),
  };
}

export function historyHref(query: HistoryQuery, before: string | null = null): string {
  const params = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== ''));
  if (before) params.set('before', before);
  const text = params.toString();
  return text ? `/history?${text}` : '/history';
}

export function isFiltered(query: HistoryQuery): boolean {
  return Object.values(query).some((value) => value !== '');
}
