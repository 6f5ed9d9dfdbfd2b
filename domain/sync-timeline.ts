/** One sync as a row of steps, from its log: waiting, attempts that failed and the waits after them, and the phases of the last. */

/** In the order in which they come. */
export const stepKinds = ['queue', 'attempt', 'backoff', 'signing_in', 'reading', 'processing', 'closing'] as const;
export type StepKind = (typeof stepKinds)[number];

export interface TimelineLine {
  at: Date;
  phase: string;
  level: string;
  /** Of an attempt that failed: when the next one was to begin. */
  nextTryAt: Date | null;
}

export interface TimedJob {
  createdAt: Date;
  startedAt: Date | null;
  completedAt: Date | null;
  /** Oldest first. */
  lines: TimelineLine[];
}

export interface Step {
  kind: StepKind;
  /** Since the sync was asked for. */
  fromMs: number;
  ms: number;
}

/** A phase ends with the last line that was written in it. */
const phasesOf = {
  signing_in: ['initializing', 'connecting', 'signing_in'],
  reading: ['reading'],
  processing: ['processing'],
} as const satisfies Partial<Record<StepKind, readonly string[]>>;

export function timelineOf({ createdAt, startedAt, completedAt, lines }: TimedJob): Step[] {
  const steps: Step[] = [];
  const start = createdAt.getTime();
  const end = completedAt?.getTime() ?? Infinity;
  let now = start;
  const until = (kind: StepKind, moment: Date | null | undefined) => {
    const at = Math.min(moment?.getTime() ?? now, end);
    if (at <= now) return;
    steps.push({ kind, fromMs: now - start, ms: at - now });
    now = at;
  };
  until('queue', startedAt);
  const isFailedAttempt = ({ level, phase }: TimelineLine) => level === 'error' && phase !== 'failed';
  for (const { at, nextTryAt } of lines.filter(isFailedAttempt)) {
    until('attempt', at);
    until('backoff', nextTryAt);
  }
  const last = lines.slice(lines.findLastIndex(isFailedAttempt) + 1);
  for (const [kind, phases] of Object.entries(phasesOf))
    until(kind as StepKind, last.findLast(({ phase }) => (phases as readonly string[]).includes(phase))?.at);
  until('closing', completedAt);
  return steps;
}

/** How long each kind of step took in the middle one of these syncs; nothing for a kind that none of them has. */
export function usualMs(timelines: Step[][]): Partial<Record<StepKind, number>> {
  const found: Partial<Record<StepKind, number>> = {};
  for (const kind of stepKinds) {
    const lengths = timelines
      .map((steps) => steps.filter((step) => step.kind === kind).reduce((sum, { ms }) => sum + ms, 0))
      .filter((ms) => ms > 0)
      .sort((one, other) => one - other);
    if (lengths.length > 0) found[kind] = lengths[Math.floor((lengths.length - 1) / 2)]!;
  }
  return found;
}
