import { screen } from '@testing-library/svelte';
import { createRawSnippet, tick } from 'svelte';
import { describe, expect, it } from 'vitest';
import type { SlotView, UrgentChangeView } from '#domain/shapes/bookings.ts';
import UrgentChanges from '#lib/changes/urgent-changes.svelte';
import { unsaid } from '#lib/changes/said-changes.ts';
import { iso, minutes, now } from './support/fixtures.ts';
import { changingProps } from './support/changing-props.svelte.ts';
import { renderAt } from './support/render.ts';

const tomorrow: SlotView = {
  startsAt: '2026-11-24T19:00:00.000Z',
  endsAt: '2026-11-24T20:00:00.000Z',
  studio: 'Studio E',
  location: '280 Broadway (Lower Manhattan)',
};
let serial = 0;

function urgent(fate: UrgentChangeView['fate'], given: Partial<UrgentChangeView> = {}): UrgentChangeView {
  serial += 1;
  return { bookingId: `b${serial}`, fate, was: tomorrow, is: tomorrow, changeIds: [`c${serial}`], ...given };
}

const acknowledge = createRawSnippet((ids: () => string[]) => ({
  render: () => `<button value="${ids().join()}">Got it</button>`,
}));

function show(changes: UrgentChangeView[]) {
  const props = changingProps({ changes, acknowledge });
  renderAt(UrgentChanges, props);
  return async (later: UrgentChangeView[]) => {
    props.changes = later;
    await tick();
  };
}

const lines = () => screen.getAllByRole('listitem').map(({ textContent }) => textContent.replace(/\s+/g, ' ').trim());
const heard = () => screen.getByRole('status').textContent;

describe('the band of a rental that is lost or moved', () => {
  it.each([
    [urgent('canceled'), 'Canceled: tomorrow, 2:00 – 3:00 PM, Studio E'],
    [urgent('declined'), 'Declined: tomorrow, 2:00 – 3:00 PM, Studio E'],
    [urgent('gone'), 'Gone: tomorrow, 2:00 – 3:00 PM, Studio E'],
    [urgent('back'), 'Back: tomorrow, 2:00 – 3:00 PM, Studio E'],
    [
      urgent('moved', { is: { ...tomorrow, startsAt: '2026-11-24T22:00:00Z', endsAt: '2026-11-24T23:00:00Z' } }),
      'Moved: tomorrow, 2:00 – 3:00 PM, Studio E, now 5:00 – 6:00 PM',
    ],
    [
      urgent('moved', { is: { ...tomorrow, startsAt: '2026-12-01T19:00:00Z', endsAt: '2026-12-01T20:00:00Z' } }),
      'Moved: tomorrow, 2:00 – 3:00 PM, Studio E, now Tue Dec 1, 2:00 – 3:00 PM',
    ],
    [
      urgent('moved', { is: { ...tomorrow, studio: 'Studio 5', location: '890 Broadway (Union Square)' } }),
      'Moved: tomorrow, 2:00 – 3:00 PM, Studio E, now Studio 5, 890 Broadway (Union Square)',
    ],
  ])('says which, and what became of it: %#', (change, words) => {
    show([change]);
    expect(lines()).toEqual([words]);
    expect(heard()).toBe(`${words}.`);
    expect(screen.getByRole('link').getAttribute('href')).toBe(`/bookings/${change.bookingId}`);
  });

  it('is one list with one button that names all that led there', () => {
    show([urgent('canceled', { changeIds: ['x', 'y'] }), urgent('gone', { changeIds: ['z'] })]);
    expect(lines()).toHaveLength(2);
    expect(screen.getByRole('button', { name: 'Got it' }).getAttribute('value')).toBe('x,y,z');
  });

  it('counts the rest of very many', () => {
    show(Array.from({ length: 12 }, () => urgent('gone')));
    expect(lines().at(-1)).toBe('and 7 more');
  });

  it('is told once, and what comes later by itself', async () => {
    const [first, second] = [urgent('canceled'), urgent('gone')];
    const now = show([first]);
    const told = heard();
    await now([{ ...first }]);
    expect(heard()).toBe(told);
    await now([first, second]);
    expect(heard()).toBe('Gone: tomorrow, 2:00 – 3:00 PM, Studio E.');
    await now([]);
    expect(heard()).toBe('');
  });

  it('is not told again where the page is opened again', () => {
    const change = urgent('canceled');
    const again = () => renderAt(UrgentChanges, { changes: [change], acknowledge });
    again().unmount();
    again();
    expect(heard()).toBe('');
    expect(lines()).toHaveLength(1);
  });

  it('remembers what was said across loads of the page, and no more than fifty', () => {
    localStorage.clear();
    const many = Array.from({ length: 80 }, () => urgent('gone'));
    expect(unsaid(many)).toHaveLength(80);
    expect(unsaid(many.slice(-20))).toEqual([]);
    expect(localStorage.getItem('said-changes')!.split(' ')).toHaveLength(50);
  });

  it('is not there for what is past', () => {
    const past = { ...tomorrow, startsAt: iso(now - minutes(90)), endsAt: iso(now - minutes(30)) };
    show([urgent('canceled', { was: past, is: past })]);
    expect(screen.queryByRole('listitem')).toBeNull();
    expect(screen.queryByRole('button')).toBeNull();
  });
});
