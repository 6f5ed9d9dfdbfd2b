import { expect, it } from 'vitest';
import { shortWayText, travelMinutes, tripBetween, tripsTo } from '#domain/travel.ts';

const downtown = '280 Broadway (Lower Manhattan)';
const unionSquare = '890 Broadway (Union Square)';

const stay = (start: string, end: string, location: string) => ({
  startsAt: `2026-11-24T${start}:00Z`,
  endsAt: new Date(`2026-11-24T${end}:00Z`),
  location,
});

it('knows the way between the two houses, both ways, however the portal writes them', () => {
  expect(travelMinutes(downtown, unionSquare)).toBe(25);
  expect(travelMinutes('890 BROADWAY', '280 broadway')).toBe(25);
  expect(travelMinutes(downtown, '280 Broadway')).toBeNull();
  expect(travelMinutes(downtown, 'Somewhere else')).toBeNull();
});

it('says when to leave, and by how much the time does not do', () => {
  const before = stay('18:00', '20:00', downtown);
  const leave = (start: string) => tripBetween(before, stay(start, '23:00', unionSquare));
  expect(leave('21:00')).toEqual({ minutes: 25, leaveBy: new Date('2026-11-24T20:35:00Z'), lateBy: 0 });
  expect(leave('20:25')).toMatchObject({ lateBy: 0 });
  expect(leave('20:15')).toMatchObject({ leaveBy: new Date('2026-11-24T19:50:00Z'), lateBy: 10 });
  expect(leave('20:00')).toMatchObject({ lateBy: 25 });
});

it('thinks of no way in the same house, between two that clash, and when there are hours in between', () => {
  const before = stay('12:00', '14:00', downtown);
  expect(tripBetween(before, stay('14:15', '16:00', downtown))).toBeNull();
  expect(tripBetween(before, stay('13:59', '16:00', unionSquare))).toBeNull();
  expect(tripBetween(before, stay('17:00', '18:00', unionSquare))).not.toBeNull();
  expect(tripBetween(before, stay('17:01', '18:00', unionSquare))).toBeNull();
});

it('takes the way to each from the one that ends last before it', () => {
  const long = stay('10:00', '15:00', downtown);
  const within = stay('11:00', '12:00', unionSquare);
  const next = stay('15:30', '16:00', unionSquare);
  const back = stay('17:00', '18:00', downtown);
  const trips = tripsTo([back, next, within, long]);
  expect([...trips.keys()]).toEqual([next, back]);
  expect(trips.get(next)!.lateBy).toBe(0);
  expect(tripsTo([])).toEqual(new Map());
});

it('says in words that the time is too short', () => {
  expect(shortWayText(downtown, unionSquare, 10)).toBe('Only 10 minutes to get from 280 to 890 Broadway');
  expect(shortWayText(unionSquare, downtown, 1)).toBe('Only 1 minute to get from 890 to 280 Broadway');
  expect(shortWayText(downtown, unionSquare, 0)).toBe('No time to get from 280 to 890 Broadway');
});
