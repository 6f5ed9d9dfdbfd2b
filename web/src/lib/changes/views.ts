/** What the page of changes gets from the server beside `ChangeView`. Types only. */
import type { ChangeKind, ChangeView } from '#lib/api-types.ts';

/** A change with the rental that it is about, as that is now. */
export interface ChangeEntryView extends ChangeView {
  startsAt: string;
  endsAt: string;
  studio: string;
  location: string;
}

/** What one sync found. */
export interface ChangeGroupView {
  at: string;
  /** Null where that sync is no longer kept. */
  jobId: string | null;
  triggeredManually: boolean | null;
  /** Found after the user last looked. */
  unseen: boolean;
  counts: Partial<Record<ChangeKind, number>>;
  total: number;
  /** The first of them; those of known rentals before new ones. */
  entries: ChangeEntryView[];
}
