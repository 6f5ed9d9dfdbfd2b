import { expect, it } from 'vitest';
import { startApp } from './support/app.ts';

it('a batch of tRPC counts as many calls as it holds', async () => {
  // 60 calls a minute.
  const app = await startApp({ env: { RATE_LIMIT_SCALE: '0.01' } });
  const { token } = await app.newUser();
  const path = `/api/trpc/${Array(20).fill('changes.unseen').join(',')}?batch=1&input=%7B%7D`;
  const statuses = [];
  for (let sent = 0; sent < 4; sent++) statuses.push((await app.call('GET', path, { token })).status);
  expect(statuses).toEqual([200, 200, 200, 429]);
  await app.close();
});
