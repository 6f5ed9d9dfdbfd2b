/** The tools of assistants, called by the protocol's official client over real HTTP. */
import { beforeAll, describe, expect, it } from 'vitest';
import { toolAccess } from './support/access-rules.ts';
import { useApp } from './support/app.ts';
import type { TestUser } from './support/app.ts';
import { connectAssistant } from './support/assistant.ts';
import type { Assistant } from './support/assistant.ts';
import { seedBooking } from './support/calendar.ts';
import { seedRows } from './support/rows.ts';
import { jobSnapshot, quietTemporal, syncStatus } from './support/temporal-double.ts';

const temporal = quietTemporal();
const app = await useApp({ temporal });
let owner: TestUser;
let keys: Record<string, string>;
let assistant: Assistant;

async function newKey({ token }: TestUser, scope: string): Promise<string> {
  const { json } = await app.call('POST', '/api/v1/user/api-keys', { token, body: { name: scope, scopes: [scope] } });
  return json.key;
}

const message = (method: string, params: object = {}) => ({ jsonrpc: '2.0', id: 1, method, params });
const accept = { accept: 'application/json, text/event-stream' };
const bearer = (key: string) => ({ ...accept, authorization: `Bearer ${key}` });
const ask = (headers: Record<string, string>, body: unknown = message('tools/list')) =>
  app.call('POST', '/mcp', { headers, body });

beforeAll(async () => {
  owner = await app.newUser();
  keys = Object.fromEntries(
    await Promise.all(['read', 'sync', 'manage'].map(async (scope) => [scope, await newKey(owner, scope)])),
  );
  assistant = await connectAssistant(app.url, keys.manage!);
});

describe('the tools', () => {
  it('say what they take and give, and which of them only read; each has an entry here', async () => {
    const { tools } = await assistant.client.listTools();
    expect(tools.map(({ name }) => name).sort()).toEqual(Object.keys(toolAccess).sort());
    for (const { name, description, inputSchema, outputSchema, annotations } of tools) {
      expect([name, description]).toEqual([name, expect.stringContaining(`scope ${toolAccess[name]}`)]);
      expect(inputSchema).toMatchObject({ type: 'object', additionalProperties: false });
      expect(outputSchema).toMatchObject({ type: 'object', properties: expect.any(Object) });
      const reads = !['sync_now', 'pause_syncing', 'resume_syncing'].includes(name);
      expect([name, annotations]).toEqual([
        name,
        expect.objectContaining({ readOnlyHint: reads, destructiveHint: false }),
      ]);
    }
    expect(JSON.stringify(tools).replaceAll('propertyNames', '')).not.toMatch(
      /"[a-z]+[A-Z]\w*":\{"(type|anyOf|description)"/,
    );
  });

  it.each(['auto', 'legacy'] as const)('answer an assistant of the %s protocol', async (era) => {
    const { use, client } = await connectAssistant(app.url, keys.read!, era);
    expect(client.getProtocolEra()).toBe(era === 'auto' ? 'modern' : 'legacy');
    expect(await use('next_rental')).toMatchObject({ error: null, data: { rental: null } });
    await client.close();
  });

  it('give the same as REST, and say when a rental is on the studio’s clock', async () => {
    const dancer = await app.newUser();
    await seedRows(app.databaseUrl, dancer.id);
    const times = { startsAt: '2027-07-04T23:00:00.000Z', endsAt: '2027-07-05T01:30:00.000Z' };
    await seedBooking(app, dancer.id, { ...times, name: 'R-in-july' });
    const { use } = await connectAssistant(app.url, await newKey(dancer, 'manage'));
    const rest = async (path: string) => (await app.call('GET', `/api/v1/user${path}`, { token: dancer.token })).json;

    const stored = await rest('/bookings?q=july');
    const when = 'Sun, Jul 4, 2027, 7:00 – 9:30 PM, New York time';
    const listed = await use('list_rentals', { q: 'july' });
    expect(listed.data).toEqual({ ...stored, bookings: [{ ...stored.bookings[0], when }] });
    expect((await use('next_rental')).data.rental.name).toBe('R-490015');
    expect((await use('list_changes')).data).toEqual(await rest('/changes'));
    expect((await use('sync_status')).data).toEqual(
      expect.objectContaining({ state: (await rest('/sync/status')).state, live: true }),
    );
    const { feeds } = await rest('/feeds');
    expect((await use('calendar_address')).data.feeds).toEqual([
      { id: feeds[0].id, name: feeds[0].name, url: feeds[0].url, webcal_url: feeds[0].webcal_url },
    ]);
    expect(feeds[0].url).toBe(dancer.calendarUrl);
  });

  it('tell of the next rental that others share, with its group and owner, also where there is none of one’s own', async () => {
    const dancer = await app.newUser();
    const bookingId = await seedBooking(app, owner.id, { startsAt: new Date(Date.now() + 3_600_000).toISOString() });
    await app.database.query(
      `with made as (insert into groups (user_id, name, payer) values ($1, 'Swan', '') returning id), joined as (
         insert into group_members (group_id, user_id, role) select id, $2, 'viewer' from made)
       update bookings set group_id = (select id from made), grouped_by = 'hand' where id = $3`,
      [owner.id, dancer.id, bookingId],
    );
    const { use } = await connectAssistant(app.url, await newKey(dancer, 'read'));
    const shared = { id: bookingId, group_name: 'Swan', owner_name: owner.email, price_cents: null };
    expect((await use('next_rental')).data).toMatchObject({
      rental: null,
      shared: { ...shared, when: expect.stringContaining('New York time') as string },
    });
    await app.database.query('delete from bookings where id = $1', [bookingId]);
  });

  it('pause and resume', async () => {
    expect((await assistant.use('pause_syncing')).data).toEqual({ paused: true });
    expect((await assistant.use('resume_syncing')).data).toEqual({ paused: false });
    const until = new Date(Date.now() + 86_400_000).toISOString();
    await assistant.use('pause_syncing', { until });
    const calls = [`pause ${owner.id}`, `resume ${owner.id}`, `pause ${owner.id} ${until}`];
    expect(temporal.calls).toEqual(expect.arrayContaining(calls));
  });

  it('start a sync without waiting where no wait is wanted, and join the one under way', async () => {
    const started = await assistant.use('sync_now', { wait_seconds: 0 });
    expect(started.data).toEqual({ job_id: expect.any(String), joined: false, finished: false, job: null });
    const again = await assistant.use('sync_now', { wait_seconds: 0 });
    expect(again.data).toMatchObject({ job_id: started.data.job_id, joined: true });
  });

  it('say how far a sync is, further each time, and how it ended', async () => {
    const dancer = await app.newUser();
    const { jobId } = await seedRows(app.databaseUrl, dancer.id);
    const store = async (values: string) => {
      await app.database.query(`update sync_jobs set ${values} where id = $1`, [jobId]);
      app.services.hub.refresh(dancer.id);
    };
    await store(`status = 'running', phase = 'reading', done = 50, completed_at = null`);
    temporal.statuses.set(dancer.id, syncStatus({ state: 'running', job: jobSnapshot({ id: jobId }) }));
    const steps = [`phase = 'connecting', done = 0`, `status = 'completed', phase = 'completed', completed_at = now()`];
    const { client } = await connectAssistant(app.url, await newKey(dancer, 'sync'));
    const seen: { progress: number; message?: string | undefined }[] = [];
    const onprogress = (report: (typeof seen)[number]) => {
      seen.push(report);
      const next = steps.shift();
      if (next) void store(next);
    };
    const result = await client.callTool({ name: 'sync_now', arguments: { wait_seconds: 30 } }, { onprogress });
    expect(result.structuredContent).toMatchObject({ job_id: jobId, joined: true, finished: true });
    expect(result.structuredContent).toMatchObject({ job: { status: 'completed', added: 1 } });
    expect(seen.map(({ message }) => message)).toEqual([
      'Reading rentals... (50 so far)',
      'Connecting to Gibney...',
      expect.stringMatching(/^Successfully synced/),
    ]);
    for (const [index, { progress }] of seen.entries())
      if (index > 0) expect(progress).toBeGreaterThan(seen[index - 1]!.progress);
  });
});

describe('a key', () => {
  it.each(
    Object.entries(toolAccess).flatMap(([tool, scope]) => {
      const below = ['read', 'sync', 'manage'].slice(0, ['read', 'sync', 'manage'].indexOf(scope));
      return below.map((key) => ({ tool, key, scope }));
    }),
  )('for $key cannot use $tool, and is told which scope it lacks', async ({ tool, key, scope }) => {
    const { use } = await connectAssistant(app.url, keys[key]!);
    const { error, meta } = await use(tool);
    expect(error).toContain(`lacks the scope ${scope}`);
    expect(meta).toMatchObject({ code: 'insufficient_scope' });
  });

  it('that is none, is missing or was revoked is answered 401, with what to do', async () => {
    const cookie = await app.cookieOf(owner);
    const session = await ask(bearer(owner.token), message('tools/call', { name: 'pause_syncing', arguments: {} }));
    expect([session.status, session.json.detail]).toEqual([401, expect.stringContaining('Send an API key')]);
    const wrong = [
      {},
      { authorization: `Bearer ${owner.token}` },
      { authorization: 'Bearer gsk_nonsense' },
      { authorization: 'Basic YTpi' },
      { cookie },
    ];
    for (const headers of wrong as Record<string, string>[]) {
      const answer = await ask({ ...accept, ...headers });
      expect([answer.status, answer.json.code]).toEqual([401, 'unauthorized']);
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
      expect(answer.json.detail).toContain('/settings/keys');
    }
    for (const spent of [{ authorization: 'Bearer gsk_nonsense' }, { 'x-api-key': 'gsk_nonsense' }] as Record<
      string,
      string
    >[])
      expect((await ask({ ...accept, ...spent })).json.detail).toMatch(/has expired, was revoked.*Make another at/);
    const listed = await app.call('GET', '/api/v1/user/api-keys', { token: owner.token });
    const { id } = (listed.json.api_keys as { id: string; name: string }[]).find(({ name }) => name === 'read')!;
    await app.call('DELETE', `/api/v1/user/api-keys/${id}`, { token: owner.token });
    await expect(connectAssistant(app.url, keys.read!)).rejects.toThrow();
    keys.read = await newKey(owner, 'read');
  });

  it('sees nothing of another user', async () => {
    const other = await app.newUser();
    const { name } = await seedRows(app.databaseUrl, owner.id, 'R-the-owner-only');
    const mine = await connectAssistant(app.url, keys.manage!);
    const theirs = await connectAssistant(app.url, await newKey(other, 'manage'));
    const { job } = (await mine.use('sync_status')).data as { job: { id: string } };
    for (const [tool, secret] of [
      ['next_rental', name],
      ['list_rentals', name],
      ['list_changes', name],
      ['sync_status', job.id],
      ['calendar_address', owner.calendarUrl],
    ] as const) {
      expect([tool, JSON.stringify((await mine.use(tool)).data)]).toEqual([tool, expect.stringContaining(secret)]);
      expect(JSON.stringify((await theirs.use(tool)).data)).not.toContain(secret);
    }
  });
});

describe('a request', () => {
  it('of a web page elsewhere is refused, also where its name leads to this machine', async () => {
    const { port } = new URL(app.url);
    for (const origin of ['https://evil.example', `http://evil.example:${port}`, 'null'])
      expect((await ask({ ...bearer(keys.read!), origin, host: `evil.example:${port}` })).json).toMatchObject({
        status: 403,
        code: 'forbidden_origin',
      });
    const own = new URL(app.services.config.PUBLIC_URL).origin;
    expect((await ask({ ...bearer(keys.read!), origin: own })).status).toBe(200);
  });

  it('is one message of a sane size, in JSON', async () => {
    const headers = bearer(keys.read!);
    const batch = await ask(headers, [message('tools/list'), message('tools/list')]);
    expect([batch.status, batch.json.code]).toEqual([400, 'bad_request']);
    expect((await ask(headers, { ...message('ping'), params: { x: 'x'.repeat(300_000) } })).status).toBe(413);
    expect((await ask(headers, '{"not json')).status).toBe(400);
    expect((await ask({ ...headers, 'content-type': 'text/plain' })).status).toBe(415);
    expect((await app.call('GET', '/mcp', { headers })).status).toBe(405);
    expect((await app.call('DELETE', '/mcp', { headers })).status).toBe(405);
  });

  it('with a wrong input is answered with what is wrong, by field', async () => {
    const { error, meta } = await assistant.use('list_rentals', { limit: 1000, from: 'tomorrow' });
    expect(error).toContain('limit: A limit is a whole number from 1 to 100.');
    expect(error).toContain('from: Give a time in ISO 8601');
    expect(meta).toMatchObject({ code: 'validation_failed' });
    temporal.calls.length = 0;
    for (const [tool, name] of [
      ['sync_now', 'dry_run'],
      ['pause_syncing', 'untill'],
      ['resume_syncing', 'until'],
      ['list_rentals', 'statuss'],
    ] as const) {
      const refused = await assistant.use(tool, { [name]: true });
      expect([refused.error, refused.meta.code]).toEqual([
        expect.stringContaining(`There is no ${name} here`),
        'validation_failed',
      ]);
    }
    expect(temporal.calls.filter((call) => !call.startsWith('readStatus'))).toEqual([]);
    expect((await assistant.use('list_rentals', { cursor: 'x' })).meta).toMatchObject({ code: 'bad_cursor' });
  });

  it('while Temporal is away says when to try again', async () => {
    temporal.away = true;
    const { error, meta } = await assistant.use('sync_now').finally(() => (temporal.away = false));
    expect(error).toContain('Try again in a few seconds');
    expect(meta).toMatchObject({ code: 'temporal_unavailable', retry_after_seconds: 5 });
  });

  it('for a tool is noted with the user, the key and what came of it', async () => {
    const noted: object[] = [];
    const { log } = app.services;
    app.services.log = Object.assign(Object.create(log) as typeof log, { info: (entry: object) => noted.push(entry) });
    await assistant.use('next_rental');
    const { use } = await connectAssistant(app.url, keys.read!);
    await use('pause_syncing');
    app.services.log = log;
    expect(noted).toMatchObject([
      { userId: owner.id, keyId: expect.any(String), via: 'api_key', tool: 'next_rental', outcome: 'ok' },
      { userId: owner.id, keyId: expect.any(String), tool: 'pause_syncing', outcome: 'insufficient_scope' },
    ]);
    const metrics = await app.services.metrics.registry.metrics();
    expect(metrics).toMatch(/gibney_mcp_tool_calls_total\{tool="next_rental",outcome="ok"\} \d+/);
    expect(metrics).toMatch(/gibney_mcp_tool_calls_total\{tool="pause_syncing",outcome="insufficient_scope"\} \d+/);
  });
});

it('every request counts towards the limits', async () => {
  const taken: string[] = [];
  const { limits } = app.services;
  app.services.limits = { ...limits, take: async (name) => (taken.push(name), null) };
  await ask(bearer(keys.read!));
  app.services.limits = limits;
  expect(taken).toEqual(['callsByAddress', 'callsByUser']);
});
