import { expect, it } from 'vitest';
import { createSessionCache } from '#lib/server/auth/session-cache.ts';
import type { FoundSession } from '#lib/server/auth/session-cache.ts';

function found(over: Partial<FoundSession> = {}): FoundSession {
  const user = { id: 'user', email: 'a@example.com', createdAt: new Date(0) };
  return { id: 'session', user, scopes: 'all', isOperator: false, expiresAt: null, ...over };
}

function counting(answer: FoundSession | null = found()) {
  const asked = { times: 0, look: async () => ((asked.times += 1), answer) };
  return asked;
}

it('asks once, and again after what it remembers has ended', async () => {
  for (const id of ['session', 'user']) {
    const cache = createSessionCache(() => true);
    const asked = counting();
    for (let time = 0; time < 3; time++) expect((await cache.find('t', asked.look))?.id).toBe('session');
    expect(asked.times).toBe(1);
    cache.forget('another');
    await cache.find('t', asked.look);
    expect(asked.times).toBe(1);
    cache.forget(id);
    await cache.find('t', asked.look);
    expect(asked.times).toBe(2);
    cache.forgetAll();
    await cache.find('t', asked.look);
    expect(asked.times).toBe(3);
  }
});

it('remembers neither a session that is not known nor one beyond its end', async () => {
  const cache = createSessionCache(() => true);
  for (const answer of [null, found({ expiresAt: new Date(Date.now() - 1) })]) {
    const asked = counting(answer);
    await cache.find('t', asked.look);
    await cache.find('t', asked.look);
    expect(asked.times).toBe(2);
  }
});

it('takes nothing from memory while ends are not heard of', async () => {
  let isTold = true;
  const cache = createSessionCache(() => isTold);
  const asked = counting();
  await cache.find('t', asked.look);
  isTold = false;
  await cache.find('t', asked.look);
  await cache.find('t', asked.look);
  expect(asked.times).toBe(3);
});

it('does not remember a session that ended while the database was asked', async () => {
  const cache = createSessionCache(() => true);
  const asked = counting();
  await cache.find('t', async () => {
    const answer = await asked.look();
    cache.forget('session');
    return answer;
  });
  await cache.find('t', asked.look);
  expect(asked.times).toBe(2);
});
