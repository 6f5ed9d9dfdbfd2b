import { expect, it } from 'vitest';
import { mayHavePassword } from '#domain/calendar-presets.ts';

it.each([
  ['https://caldav.icloud.com/', 'https://p42-caldav.icloud.com/1/calendars/', true],
  ['https://caldav.icloud.com/', 'https://p42-caldav.icloud.com.evil.test/', false],
  ['https://caldav.icloud.com/', 'https://www.icloud.com/', false],
  ['https://caldav.fastmail.com/', 'https://d1.fastmail.com/dav/', true],
  ['https://caldav.fastmail.com/', 'https://fastmail.com.evil.test/', false],
  ['https://cloud.example.org/nextcloud', 'https://cloud.example.org/remote.php/dav/', true],
  ['https://example.org/', 'https://dav.example.org/', true],
  ['https://dav.example.org/', 'https://example.org/', false],
  ['https://example.org/', 'https://evilexample.org/', false],
  ['https://example.org/', 'https://example.org:8443/', false],
  ['https://example.org/', 'http://example.org/', false],
  ['http://example.org/', 'https://example.org/', true],
  ['http://127.0.0.1:5232/', 'http://127.0.0.1:5232/ann/', true],
  ['http://127.0.0.1:5232/', 'http://127.0.0.1:5233/', false],
])('a password for %s at %s: %s', (given, target, isAllowed) => {
  expect(mayHavePassword(new URL(given), new URL(target))).toBe(isAllowed);
});
