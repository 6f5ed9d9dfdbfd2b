/** What the commands that follow a sync have in common. */
import type { WatchOptions } from '#client/watch.ts';
import type { Progress } from '../output/progress.ts';
import type { CommonOptions, Session } from '../session.ts';
import { wholeNumber } from './options.ts';

export interface LiveOptions extends CommonOptions {
  giveUpAfter: number;
}

export function giveUpAfter() {
  return wholeNumber('--give-up-after <seconds>', 'how long a lost line is tried again', 120);
}

/** Says on stderr when the line is lost, and when it is back. */
export function lineOf(
  { environment, signal }: Session,
  { giveUpAfter: seconds }: LiveOptions,
  progress: Progress | null = null,
): WatchOptions {
  const say = (text: string) => (progress ? progress.say(text) : void environment.err.write(`${text}\n`));
  return {
    signal,
    giveUpAfterMs: seconds * 1_000,
    onLine: (lost) => say(lost ? `${lost.message} Trying again...` : 'The line is back.'),
  };
}
