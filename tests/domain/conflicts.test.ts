import { describe, expect, it } from 'vitest';
import { conflictsOf } from '#domain/conflicts.ts';

const downtown = '280 Broadway (Lower Manhattan)';
const unionSquare = '890 Broadway (Union Square)';

const stay = (id: string, start: string, end: string, location = downtown) => ({
  id,
  startsAt: `2026-11-24T${start}:00Z`,
  endsAt: `2026-11-24T${end}:00Z`,
  location,
});

/** In words, by the rental that it is said of. */
function said(rentals: ReturnType<typeof stay>[], asked = rentals.map(({ id }) => id), most = 3) {
  const found = conflictsOf(rentals, ({ id }) => asked.includes(id), most);
  return Object.fromEntries(
    [...found].map(([{ id }, { count, first }]) => [
      id,
      `${count}: ${first.map((one) => one.other.id + (one.kind === 'short_way' ? ` ${one.minutesBetween}/${one.minutesNeeded}` : '')).join(', ')}`,
    ]),
  );
}

describe('rentals that conflict', () => {
  it('are at the same time, from both sides, and not where they only touch', () => {
    const [one, touching, within] = [
      stay('a', '18:00', '20:00'),
      stay('b', '20:00', '21:00'),
      stay('c', '19:00', '20:00'),
    ];
    expect(said([one, touching])).toEqual({});
    expect(said([one, touching, within])).toEqual({ a: '1: c', c: '1: a' });
    expect(said([stay('x', '18:00', '20:00'), stay('y', '18:00', '20:00')])).toEqual({ x: '1: y', y: '1: x' });
  });

  it('are in two houses with too little time for the way, whichever comes first', () => {
    const [before, after] = [stay('a', '18:00', '20:00'), stay('b', '20:10', '21:00', unionSquare)];
    expect(said([after, before])).toEqual({ a: '1: b 10/25', b: '1: a 10/25' });
    expect(said([before, stay('b', '20:25', '21:00', unionSquare)])).toEqual({});
    expect(said([before, stay('b', '20:10', '21:00')])).toEqual({});
    expect(said([before, stay('b', '20:00', '21:00', unionSquare)])).toEqual({ a: '1: b 0/25', b: '1: a 0/25' });
  });

  it('are told of those that are asked about alone', () => {
    const rentals = [stay('a', '10:00', '12:00'), stay('b', '11:00', '13:00'), stay('c', '12:30', '14:00')];
    expect(said(rentals, ['b'])).toEqual({ b: '2: a, c' });
    expect(said(rentals, ['nothing'])).toEqual({});
  });

  it('are found behind a short one that has ended, and counted where they are too many to list', () => {
    const day = stay('day', '08:00', '22:00');
    const hours = ['09', '10', '11', '12', '13'].map((hour) => stay(hour, `${hour}:00`, `${hour}:30`));
    const found = said([...hours, day], ['day', '13']);
    expect(found).toEqual({ day: '5: 09, 10, 11', 13: '1: day' });
  });
});
