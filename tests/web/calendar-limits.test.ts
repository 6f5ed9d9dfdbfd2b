import { beforeAll, expect, it } from 'vitest';
import { useApp } from './support/app.ts';
import { feedPath } from './support/calendar.ts';

const app = await useApp({ env: { RATE_LIMIT_SCALE: '0.1' } });
beforeAll(async () => {
  // A tenth of every limit.
});

async function answersOf(count: number, path: (n: number) => string): Promise<number[]> {
  const answers: number[] = [];
  for (let n = 0; n < count; n++) answers.push((await app.call('GET', path(n))).status);
  return answers;
}

it('who tries many addresses is stopped, and a calendar that exists is served to them all the same', async () => {
  const user = await app.newUser();
  const guess = (n: number) => `/calendar/${String(n).padStart(43, 'a')}.ics`;
  expect(await answersOf(13, guess)).toEqual([...Array<number>(12).fill(404), 429]);
  const refused = await app.call('GET', guess(13));
  expect(refused.json).toMatchObject({ code: 'rate_limited' });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await app.call('GET', feedPath(user.calendarUrl))).status).toBe(200);
});

it('who fetches one calendar without pause is stopped, and another calendar is not', async () => {
  const [user, other] = [await app.newUser(), await app.newUser()];
  expect(await answersOf(13, () => feedPath(user.calendarUrl))).toEqual([...Array<number>(12).fill(200), 429]);
  expect((await app.call('GET', feedPath(other.calendarUrl))).status).toBe(200);
});

it('who tries many call sheets is stopped, too', async () => {
  const guess = (n: number) => `/call/${String(n).padStart(43, 'a')}.ics`;
  expect(await answersOf(13, guess)).toEqual([...Array<number>(12).fill(404), 429]);
});
