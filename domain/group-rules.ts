/** Which rule of a user assigns a rental to a group. Pure. */
import { studioWallClock } from './studio-clock.ts';

/** A condition that is null says nothing; all the others have to hold. */
export interface GroupConditions {
  studio: string | null;
  /** 0 is Sunday, on the studio's clock. */
  weekday: number | null;
  /** `HH:MM` on the studio's clock; a rental that starts at either time is within. Crosses midnight where the first is later. */
  startsFrom: string | null;
  startsTo: string | null;
  nameContains: string | null;
}

export interface RuledRental {
  name: string;
  studio: string;
  startsAt: Date;
}

/** The first rule that holds, so that a later rule takes nothing from an earlier one. */
export function ruleFor<Rule extends GroupConditions>(rules: Rule[], rental: RuledRental): Rule | undefined {
  const [day, clock] = studioWallClock(rental.startsAt).split(' ') as [string, string];
  return rules.find(
    ({ studio, weekday, startsFrom, startsTo, nameContains }) =>
      (studio === null || plain(rental.studio) === plain(studio)) &&
      (weekday === null || new Date(day).getUTCDay() === weekday) &&
      (nameContains === null || plain(rental.name).includes(plain(nameContains))) &&
      isWithin(clock, startsFrom ?? '00:00', startsTo ?? '23:59'),
  );
}

const plain = (words: string) => words.normalize('NFC').trim().toLowerCase();

function isWithin(clock: string, from: string, to: string): boolean {
  return from <= to ? clock >= from && clock <= to : clock >= from || clock <= to;
}
