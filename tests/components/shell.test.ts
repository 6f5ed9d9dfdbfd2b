import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { alarmsOf, contentsOf } from '#lib/calendar/feed-messages.ts';
import { intervals, zonesFor } from '#lib/settings/schedule.ts';
import { createKeyReader } from '#lib/shell/shortcuts.ts';
import { themeOf, withTheme } from '#lib/shell/theme.ts';
import { createToasts } from '#lib/shell/toasts.svelte.ts';
import { zoneDifference, localTime, zoneOf } from '#lib/time/local-zone.ts';

describe('the theme', () => {
  const html =
    '<html data-theme="%theme%"><meta content="%color-scheme%"><meta "%background-light%"><meta "%background-dark%">';

  test('follows the system where nothing was chosen, and where the cookie is nonsense', () => {
    expect(withTheme(html, themeOf(undefined))).toBe(
      '<html data-theme="system"><meta content="light dark"><meta "#f2f6f4"><meta "#0e1420">',
    );
    expect(themeOf('"><script>')).toBe('system');
  });

  test('is the chosen one whatever the system says', () => {
    expect(withTheme(html, themeOf('dark'))).toBe(
      '<html data-theme="dark"><meta content="dark"><meta "#0e1420"><meta "#0e1420">',
    );
  });
});

describe('shortcuts', () => {
  const heard: string[] = [];
  const read = createKeyReader(({ keys }) => heard.push(keys));
  beforeEach(() => heard.splice(0));
  const press = (key: string, init: KeyboardEventInit = {}, target: HTMLElement = document.body) => {
    document.body.append(target === document.body ? '' : target);
    target.addEventListener('keydown', read, { once: true });
    target.dispatchEvent(new KeyboardEvent('keydown', { key, ...init }));
  };

  test('are one key, or two one after the other', () => {
    for (const key of ['s', 'g', 'b', 'b', 'g', 'x', 'b']) press(key);
    expect(heard).toEqual(['s', 'g b']);
  });

  test('are silent with a modifier and while somebody types', () => {
    press('s', { ctrlKey: true });
    press('s', {}, document.createElement('input'));
    press('?', {}, document.createElement('textarea'));
    expect(heard).toEqual([]);
  });

  test('are silent in a dialog, until it is closed: the focus may still be in it', () => {
    const dialog = document.createElement('dialog');
    document.body.append(dialog);
    const pressInside = (key: string) => {
      const box = document.createElement('input');
      dialog.append(box);
      box.addEventListener('keydown', read, { once: true });
      box.dispatchEvent(new KeyboardEvent('keydown', { key }));
    };
    dialog.open = true;
    pressInside('s');
    expect(heard).toEqual([]);
    dialog.open = false;
    pressInside('s');
    expect(heard).toEqual(['s']);
  });
});

describe('toasts', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('go by themselves, but not while somebody reads them', () => {
    const toasts = createToasts();
    toasts.say('one');
    const goOn = toasts.hold();
    vi.advanceTimersByTime(60_000);
    expect(toasts.shown.map(({ text }) => text)).toEqual(['one']);
    goOn();
    vi.advanceTimersByTime(60_000);
    expect(toasts.shown).toEqual([]);
  });

  test('are three at most, the newest last', () => {
    const toasts = createToasts();
    for (const text of ['one', 'two', 'three', 'four']) toasts.say(text);
    expect(toasts.shown.map(({ text }) => text)).toEqual(['two', 'three', 'four']);
  });
});

describe('the visitor’s own time', () => {
  const evening = ['2026-11-24T23:00:00Z', '2026-11-25T01:00:00Z'] as const;

  test('is not said where the clocks show the same', () => {
    expect(localTime(...evening, 'America/New_York')).toBeNull();
    expect(localTime(...evening, 'America/Toronto')).toBeNull();
    expect(localTime(...evening, null)).toBeNull();
  });

  test('names the day where it is another one', () => {
    expect(localTime(...evening, 'Europe/Berlin')).toBe('Wed 12:00 – 2:00 AM your time');
    expect(localTime(...evening, 'America/Los_Angeles')).toBe('3:00 – 5:00 PM your time');
  });

  test('is right in the weeks when only one side has changed its clocks', () => {
    expect(localTime('2026-10-28T22:00:00Z', '2026-10-28T23:00:00Z', 'Europe/Berlin')).toBe(
      '11:00 PM – 12:00 AM your time',
    );
  });

  test('is told once above a sheet, as the difference on its first day', () => {
    expect(zoneDifference('2026-11-24T23:00:00Z', 'Europe/Berlin')).toBe('6 h ahead');
    expect(zoneDifference('2026-10-28T22:00:00Z', 'Europe/Berlin')).toBe('5 h ahead');
    expect(zoneDifference('2026-11-24T23:00:00Z', 'America/Los_Angeles')).toBe('3 h behind');
    expect(zoneDifference('2026-11-24T23:00:00Z', 'Asia/Kolkata')).toBe('10 h 30 min ahead');
    for (const zone of ['America/Toronto', null]) expect(zoneDifference('2026-11-24T23:00:00Z', zone)).toBeNull();
  });

  test('does not believe a cookie that names no zone', () => {
    expect(zoneOf('Europe/Berlin')).toBe('Europe/Berlin');
    for (const text of ['Nowhere/Land', '+02:00', '<b>', '', undefined]) expect(zoneOf(text)).toBeNull();
  });
});

describe('words of settings and calendars', () => {
  const none = { studios: [], locations: [], statuses: [], upcomingOnly: false, hideCanceled: false };

  test('say what a calendar holds and when it alerts', () => {
    expect(contentsOf({ filters: none })).toBe('All rentals');
    expect(contentsOf({ filters: { ...none, studios: ['A', 'B', 'C'], upcomingOnly: true } })).toBe(
      'A, B and C, only upcoming',
    );
    expect(alarmsOf({ alarmMinutes: [1440, 60, 0] })).toBe('alerts a day before, an hour before and at the start');
  });

  test('offer an interval and a zone that somebody set elsewhere', () => {
    expect(intervals(45).map(({ minutes }) => minutes)).toContain(45);
    expect(zonesFor('Pacific/Auckland', null).slice(0, 2)).toEqual(['America/New_York', 'Pacific/Auckland']);
  });
});
