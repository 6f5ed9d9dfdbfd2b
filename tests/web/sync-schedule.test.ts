/** The syncs to come: shown, paused until a time, and one more asked for. */
import { describe, expect, it } from 'vitest';
import { useApp } from './support/app.ts';
import { quietTemporal } from './support/temporal-double.ts';
import { trpcClient } from './support/trpc.ts';

const temporal = quietTemporal();
const app = await useApp({ temporal });

const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();

async function connectedUser() {
  const user = await app.newUser();
  const body = { username: 'dancer', password: 'plié' };
  await app.call('PUT', '/api/v1/user/credentials', { token: user.token, body });
  const call = (method: string, path: string, body?: object) =>
    app.call(method, `/api/v1/user/sync/${path}`, { token: user.token, ...(body && { body }) });
  return { ...user, call };
}

describe('one more sync', () => {
  it('is asked for, shown, told to the workflow, and given up, by REST and tRPC alike', async () => {
    const user = await connectedUser();
    const told = () => temporal.calls.filter((call) => call === `settingsChanged ${user.id}`).length;
    const before = told();
    const at = inHours(3);
    const set = await user.call('PUT', 'again', { at });
    expect(set).toMatchObject({ status: 200, json: { again_at: at, paused_until: null } });
    expect(set.json.syncs).toHaveLength(5);
    expect(set.json.syncs).toContainEqual({ at, reason: 'again' });
    expect(told()).toBe(before + 1);
    expect((await user.call('GET', 'schedule')).json.again_at).toBe(at);
    const { sync } = trpcClient(app.url, user.token);
    expect(await sync.schedule.query()).toMatchObject({ againAt: at });
    expect(await sync.again.mutate({ at: null })).toMatchObject({ againAt: null });
    expect((await user.call('DELETE', 'again')).json).toMatchObject({ again_at: null });
  });

  it.each([
    ['past', { at: inHours(-1) }],
    ['more than a week ahead', { at: inHours(7 * 24 + 1) }],
    ['no time', { at: 'tomorrow' }],
    ['misspelled', { att: inHours(1) }],
  ])('is refused where its time is %s', async (_, body) => {
    const user = await connectedUser();
    expect((await user.call('PUT', 'again', body)).status).toBe(422);
  });

  it('is refused to somebody who is not connected', async () => {
    const { token } = await app.newUser();
    const refused = await app.call('PUT', '/api/v1/user/sync/again', { token, body: { at: inHours(1) } });
    expect(refused).toMatchObject({ status: 409, json: { code: 'no_credentials' } });
  });
});

describe('a pause', () => {
  it('is until a time that is to come, or until it is resumed', async () => {
    const user = await connectedUser();
    const until = inHours(48);
    expect((await user.call('POST', 'pause', { until })).status).toBe(204);
    expect((await user.call('POST', 'pause')).status).toBe(204);
    await trpcClient(app.url, user.token).sync.pause.mutate({ until });
    const pauses = temporal.calls.filter((call) => call.startsWith(`pause ${user.id}`));
    expect(pauses).toEqual([`pause ${user.id} ${until}`, `pause ${user.id}`, `pause ${user.id} ${until}`]);
    for (const body of [{ until: inHours(-1) }, { until: inHours(24 * 400) }, { untill: until }])
      expect((await user.call('POST', 'pause', body)).status).toBe(422);
  });
});
