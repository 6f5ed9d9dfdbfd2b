/** The one table of kinds of changes: a word, a tone and a shape for each. Those that are not in it are called by their names. */
import { rentalMeaning, type RentalMeaning } from '#domain/rental-status.ts';
import type { ChangeEntryView, ChangeGroupView, ChangeSort, ChangeView } from '#domain/shapes/bookings.ts';
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
  ['canceled', 'canceled'],
  ['declined', 'declined'],
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
export function countsText(counts: ChangeGroupView['counts']): string {
  const sorts = new Set([...plurals.keys(), ...Object.keys(counts)]) as Set<ChangeSort>;
  const found = Array.from(sorts).filter((sort) => counts[sort]);
  return found.map((sort) => `${counts[sort]} ${plurals.get(sort) ?? `with another ${sort}`}`).join(', ');
}

/** What it is counted as. */
export function sortOf({ kind, after }: Pick<ChangeView, 'kind' | 'after'>): ChangeSort {
  const status = after?.status;
  const meaning = kind === 'status' && typeof status === 'string' ? rentalMeaning(status) : null;
  return meaning === 'canceled' || meaning === 'declined' ? meaning : kind;
}

/** So many of one sort are read line by line; more are one line, and the rest on request. */
const mostLines = 6;

const losses = ['canceled', 'declined', 'removed'];

type SortCount = [sort: ChangeSort, count: number];

/**
 * What a sync found, line by line where there are few of a sort, and as numbers where there are many. A room that was
 * still to come and is lost has a line of its own all the same.
 */
export function splitByNumber({ at, counts, entries }: Pick<ChangeGroupView, 'at' | 'counts' | 'entries'>): {
  few: ChangeEntryView[];
  many: SortCount[];
} {
  const isMany = ([, count]: SortCount) => count > mostLines;
  const folded = new Set((Object.entries(counts) as SortCount[]).filter(isMany).map(([sort]) => sort));
  const isShown = (entry: ChangeEntryView) => {
    const sort = sortOf(entry);
    return !folded.has(sort) || (losses.includes(sort) && Date.parse(entry.endsAt) > Date.parse(at));
  };
  const few = entries.filter(isShown);
  const left = (sort: ChangeSort) => counts[sort]! - few.filter((entry) => sortOf(entry) === sort).length;
  const many = [...folded].filter((sort) => left(sort) > 0).map((sort): SortCount => [sort, counts[sort]!]);
  return { few, many };
}
