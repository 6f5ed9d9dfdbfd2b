/** A long activity that goes through many users: alive, resumable, and ended early where nobody can be reached. */
import { Context } from '@temporalio/activity';

const pulseMs = 5_000;

/** After this many failures without a success between them, the cause is the server, not the users. */
const failuresToEnd = 20;

export interface Walk<Progress> {
  /** What an earlier attempt reached. */
  readonly progress: Progress;
  reached(progress: Progress): void;
  succeeded(): void;
  failed(error: Error): void;
  /** Nothing more is to be begun. */
  isOver(): boolean;
  /** Throws what ended it. */
  check(): void;
  end(): void;
}

export function createWalk<Progress>(fresh: Progress): Walk<Progress> {
  const { heartbeat, info, cancellationSignal } = Context.current();
  let progress = (info.heartbeatDetails as Progress | undefined) ?? fresh;
  let failures: Error[] = [];
  const pulse = setInterval(() => heartbeat(progress), pulseMs);
  return {
    progress,
    reached(next) {
      progress = next;
      heartbeat(progress);
    },
    succeeded: () => void (failures = []),
    failed: (error) => void failures.push(error),
    isOver: () => cancellationSignal.aborted || failures.length >= failuresToEnd,
    check() {
      cancellationSignal.throwIfAborted();
      if (failures.length >= failuresToEnd) throw failures.at(-1)!;
    },
    end: () => clearInterval(pulse),
  };
}

/** At most `width` at the same time. Nothing goes on once it has ended. */
export async function inParallel<Item>(items: Item[], width: number, act: (item: Item) => Promise<void>) {
  const rest = items.values();
  const lanes = await Promise.allSettled(
    Array.from({ length: width }, async () => {
      for (const item of rest) await act(item);
    }),
  );
  const failed = lanes.find((lane) => lane.status === 'rejected');
  if (failed) throw failed.reason;
}
