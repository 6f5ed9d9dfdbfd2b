/** The one table of kinds of changes: a word, a tone and a shape for each. Those that are not in it are called by their names. */
import { rentalMeaning, type RentalMeaning } from '#domain/rental-status.ts';
import type { ChangeEntryView, ChangeGroupView, ChangeView } from '#domain/shapes/bookings.ts';
import type { Tone } from '#lib/sync/status-display.ts';

export type ChangeShape = 'plus' | 'arrow' | 'cross' | 'tag' | 'pin' | 'pen' | 'minus' | 'back' | 'dot';

export interface ChangeDisplay {
  word: string;
  tone: Tone;
  shape: ChangeShape;
}

const displays: Partial<Record<ChangeView['kind'], ChangeDisplay>> = {
  added: { word: 'New', tone: 'good', shape: 'plus' },
  moved: { word: 'Moved', tone: 'warn', shape: 'arrow' },
  studio: { word: 'Other studio', tone: 'warn', shape: 'pin' },
  location: { word: 'Other place', tone: 'warn', shape: 'pin' },
  price: { word: 'Price', tone: 'quiet', shape: 'tag' },
  renamed: { word: 'Renamed', tone: 'quiet', shape: 'pen' },
  removed: { word: 'Gone', tone: 'bad', shape: 'minus' },
  restored: { word: 'Back again', tone: 'good', shape: 'back' },
};

const lost: Partial<Record<RentalMeaning, ChangeDisplay>> = {
  canceled: { word: 'Canceled', tone: 'bad', shape: 'cross' },
  declined: { word: 'Declined', tone: 'bad', shape: 'cross' },
};

/** A room that is lost is what a dancer wants to know, so that change of status has a display of its own. */
export function changeDisplay({ kind, after }: Pick<ChangeView, 'kind' | 'after'>): ChangeDisplay {
  const status = kind === 'status' ? after?.status : null;
  const display = (typeof status === 'string' && lost[rentalMeaning(status)]) || displays[kind];
  return display ?? { word: kind.charAt(0).toUpperCase() + kind.slice(1), tone: 'quiet', shape: 'dot' };
}

const plurals = new Map<string, string>([
  ['moved', 'moved'],
  ['studio', 'in another studio'],
  ['location', 'at another place'],
  ['status', 'with another status'],
  ['removed', 'gone'],
  ['restored', 'back again'],
  ['price', 'with another price'],
  ['renamed', 'renamed'],
  ['added', 'new'],
]);

/** `1 moved, 2 gone, 87 new` */
export function countsText(counts: Partial<Record<ChangeView['kind'], number>>): string {
  const kinds = new Set([...plurals.keys(), ...Object.keys(counts)]) as Set<ChangeView['kind']>;
  const found = Array.from(kinds).filter((kind) => counts[kind]);
  return found.map((kind) => `${counts[kind]} ${plurals.get(kind) ?? `with another ${kind}`}`).join(', ');
}

/** So many of one kind are read line by line; more are one line, and the rest on request. */
const mostLines = 6;

type KindCount = [kind: ChangeView['kind'], count: number];

/** What a sync found, line by line where there are few of a kind, and as numbers where there are many. */
export function splitByNumber({ counts, entries }: Pick<ChangeGroupView, 'counts' | 'entries'>): {
  few: ChangeEntryView[];
  many: KindCount[];
} {
  const many = (Object.entries(counts) as KindCount[]).filter(([, count]) => count > mostLines);
  const folded = new Set(many.map(([kind]) => kind));
  return { few: entries.filter(({ kind }) => !folded.has(kind)), many };
}
