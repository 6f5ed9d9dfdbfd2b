/** What was said aloud in this browser already, however often a page is opened. */
import type { UrgentChangeView } from '#domain/shapes/bookings.ts';

const place = 'said-changes';
const most = 50;

/** Those that nobody has heard of yet; they count as heard from now on. */
export function unsaid(changes: UrgentChangeView[]): UrgentChangeView[] {
  const said = known();
  const newest = ({ changeIds }: UrgentChangeView) => changeIds.at(-1)!;
  const fresh = changes.filter((change) => !said.includes(newest(change)));
  if (fresh.length > 0) remember([...said, ...fresh.map(newest)].slice(-most));
  return fresh;
}

let here: string[] = [];

function known(): string[] {
  try {
    return (localStorage.getItem(place) ?? '').split(' ');
  } catch {
    return here;
  }
}

function remember(said: string[]): void {
  here = said;
  try {
    localStorage.setItem(place, said.join(' '));
  } catch {
    // Kept from us: then each whole load of a page says it once more.
  }
}
