/** Who may do what with a group and its rentals: every call, as its owner, an editor, a viewer, a stranger and a removed member. */
import { expect, it } from 'vitest';
import { restRoutes } from '#lib/server/rest/routes.ts';
import { appRouter } from '#lib/server/trpc/router.ts';
import { useApp } from './support/app.ts';
import { callers, groupPeople, type Caller, type SeededGroup } from './support/groups.ts';

const app = await useApp();
const people = await groupPeople(app);

/** What each caller is answered. */
type Walk = Record<Caller, number>;

const membersSee: Walk = { owner: 200, editor: 200, viewer: 200, stranger: 404, removed: 404 };
const ownerOnly = (status: number): Walk => ({ owner: status, editor: 403, viewer: 403, stranger: 404, removed: 404 });
const everybody: Walk = { owner: 200, editor: 200, viewer: 200, stranger: 200, removed: 200 };

const nobody: Walk = { owner: 410, editor: 410, viewer: 410, stranger: 410, removed: 410 };

interface Call {
  walk: Walk;
  path?: (group: SeededGroup) => Record<string, string>;
  input?: (group: SeededGroup) => object;
}

const ofGroup = ({ id }: SeededGroup) => ({ id });
const ofRental = ({ bookingId }: SeededGroup) => ({ id: bookingId });
const viewerOf = ({ id }: SeededGroup) => ({ id, userId: people.viewer.id });
const ruleOf = ({ id, ruleId }: SeededGroup) => ({ id, ruleId });
const invitationOf = ({ id, invitationId }: SeededGroup) => ({ id, invitationId });
const rename = () => ({ name: `Renamed ${Math.random()}` });
const ownRental: Walk = { owner: 200, editor: 404, viewer: 404, stranger: 404, removed: 404 };
const editors = (status: number): Walk => ({ ...ownRental, owner: status, editor: status });
const status = (walk: Walk, to: number): Walk => ({ ...walk, owner: to });

const rest: Record<string, Call> = {
  'GET /groups': { walk: everybody },
  'POST /groups': { walk: { owner: 201, editor: 201, viewer: 201, stranger: 201, removed: 201 }, input: rename },
  'GET /groups/{id}': { walk: membersSee, path: ofGroup },
  'PATCH /groups/{id}': { walk: ownerOnly(200), path: ofGroup, input: rename },
  'DELETE /groups/{id}': { walk: ownerOnly(204), path: ofGroup },
  'GET /groups/{id}/bookings': { walk: membersSee, path: ofGroup },
  'POST /groups/{id}/rules': { walk: ownerOnly(201), path: ofGroup, input: () => ({ studio: 'Studio Z' }) },
  'DELETE /groups/{id}/rules/{rule_id}': {
    walk: ownerOnly(204),
    path: ({ id, ruleId }) => ({ id, rule_id: ruleId }),
  },
  // No mail can be sent here, and the owner is told so; `invitations.test.ts` has some sent.
  'POST /groups/{id}/invitations': {
    walk: ownerOnly(503),
    path: ofGroup,
    input: () => ({ email: 'new@example.test', role: 'viewer' }),
  },
  'DELETE /groups/{id}/invitations/{invitation_id}': {
    walk: ownerOnly(204),
    path: ({ id, invitationId }) => ({ id, invitation_id: invitationId }),
  },
  'PUT /groups/{id}/members/{user_id}': {
    walk: ownerOnly(204),
    path: ({ id }) => ({ id, user_id: people.viewer.id }),
    input: () => ({ role: 'viewer' }),
  },
  'DELETE /groups/{id}/members/{user_id}': {
    walk: { ...ownerOnly(204), viewer: 204 },
    path: ({ id }) => ({ id, user_id: people.viewer.id }),
  },
  'POST /user/invitations/accept': {
    walk: nobody,
    input: () => ({ token: 'made up' }),
  },
  'GET /user/bookings/shared': { walk: everybody },
  'GET /user/bookings/{id}/group': { walk: ownRental, path: ofRental },
  'PUT /user/bookings/{id}/group': {
    walk: editors(204),
    path: ofRental,
    input: ({ id }) => ({ group_id: id }),
  },
  'DELETE /user/bookings/{id}/group': { walk: status(ownRental, 204), path: ofRental },
};

const procedures: Record<string, Call> = {
  'groups.list': { walk: everybody },
  'groups.get': { walk: membersSee, input: ofGroup },
  'groups.create': { walk: everybody, input: rename },
  'groups.update': { walk: ownerOnly(200), input: (group) => ({ ...ofGroup(group), ...rename() }) },
  'groups.remove': { walk: ownerOnly(200), input: ofGroup },
  'groups.bookings': { walk: membersSee, input: ofGroup },
  'groups.shared': { walk: everybody },
  'groups.sharedWithLost': { walk: everybody },
  'groups.addRule': { walk: ownerOnly(200), input: ({ id }) => ({ id, studio: 'Studio Z' }) },
  'groups.removeRule': { walk: ownerOnly(200), input: ruleOf },
  'groups.assignment': { walk: ownRental, input: ofRental },
  'groups.assign': { walk: editors(200), input: ({ bookingId, id }) => ({ id: bookingId, groupId: id }) },
  'groups.assignByRules': { walk: ownRental, input: ofRental },
  'groups.invite': { walk: ownerOnly(503), input: ({ id }) => ({ id, email: 'other@example.test', role: 'viewer' }) },
  'groups.revokeInvitation': { walk: ownerOnly(200), input: invitationOf },
  'groups.changeRole': { walk: ownerOnly(200), input: (group) => ({ ...viewerOf(group), role: 'viewer' }) },
  'groups.removeMember': { walk: { ...ownerOnly(200), viewer: 200 }, input: viewerOf },
  'groups.offers': { walk: everybody },
  'groups.accept': {
    walk: nobody,
    input: ({ invitationId }) => ({ id: invitationId }),
  },
  'groups.decline': {
    walk: nobody,
    input: ({ invitationId }) => ({ id: invitationId }),
  },
};

const built = appRouter._def.procedures as unknown as Record<string, { _def: { type: string } }>;

it('every call about groups is walked', () => {
  const isAboutGroups = (path: string) => /^\/groups|\/group$|\/shared$|invitations/.test(path);
  const calls = restRoutes.filter(({ path }) => isAboutGroups(path)).map(({ method, path }) => `${method} ${path}`);
  expect(Object.keys(rest).sort()).toEqual(calls.sort());
  expect(Object.keys(procedures).sort()).toEqual(
    Object.keys(built)
      .filter((name) => name.startsWith('groups.'))
      .sort(),
  );
});

async function walk(walked: Walk, call: (caller: Caller) => Promise<{ status: number; text: string }>) {
  const found: Partial<Walk> = {};
  for (const caller of callers) found[caller] = (await call(caller)).status;
  expect(found).toEqual(walked);
}

it.each(Object.entries(rest))('%s', async (name, { walk: walked, path, input }) => {
  const [method, template] = name.split(' ') as [string, string];
  await walk(walked, async (caller) => {
    const group = await people.makeGroup();
    const parts = Object.entries(path?.(group) ?? {});
    const address = parts.reduce((at, [part, value]) => at.replace(`{${part}}`, value), template);
    return app.call(method, `/api/v1${address}`, { token: people[caller].token, body: input?.(group) });
  });
});

it.each(Object.entries(procedures))('%s', async (name, { walk: walked, input }) => {
  await walk(walked, async (caller) => {
    const given = input?.(await people.makeGroup()) ?? {};
    const isQuery = built[name]!._def.type === 'query';
    const query = isQuery ? `?input=${encodeURIComponent(JSON.stringify(given))}` : '';
    const { token } = people[caller];
    return app.call(isQuery ? 'GET' : 'POST', `/api/trpc/${name}${query}`, {
      token,
      body: isQuery ? undefined : given,
    });
  });
});

it('members see the rentals of the group and nothing else of the owner, viewers no price', async () => {
  const group = await people.makeGroup();
  const see = async (caller: Caller, path: string) =>
    (await app.call('GET', path, { token: people[caller].token })).text;
  const paths = (caller: Caller) => [
    '/api/v1/groups',
    '/api/v1/user/bookings/shared?limit=100',
    ...(caller === 'stranger' || caller === 'removed' ? [] : [`/api/v1/groups/${group.id}/bookings`]),
    `/api/v1/groups/${group.id}`,
    '/api/v1/user/bookings?limit=100',
    '/api/v1/user/bookings/export',
    '/api/v1/user/changes',
    '/api/v1/user/costs',
    '/api/v1/user/events',
  ];
  const seen = Object.fromEntries(
    await Promise.all(
      callers.map(async (caller) => {
        const texts = await Promise.all(paths(caller).map((path) => see(caller, path)));
        return [caller, texts.join('\n')] as const;
      }),
    ),
  );
  for (const caller of ['editor', 'viewer'] as const) {
    expect(seen[caller]).toContain(group.bookingName);
    expect(seen[caller]).not.toContain('Private');
    expect(seen[caller]).not.toContain('Zugzwang');
    expect(seen[caller]).not.toContain('invited@example.test');
  }
  expect(seen.editor).toContain('123456');
  expect(seen.viewer).not.toContain('123456');
  expect(seen.viewer).not.toContain('Arts Council');
  for (const caller of ['stranger', 'removed'] as const) {
    expect(seen[caller]).not.toContain(group.name);
    expect(seen[caller]).not.toContain(group.bookingName);
  }
});

it('an editor takes rentals out of the group and brings none in', async () => {
  const group = await people.makeGroup();
  const put = (caller: Caller, id: string, groupId: string | null) =>
    app.call('PUT', `/api/v1/user/bookings/${id}/group`, {
      token: people[caller].token,
      body: { group_id: groupId },
    });
  expect((await put('editor', group.otherBookingId, group.id)).status).toBe(404);
  expect((await put('viewer', group.bookingId, null)).status).toBe(404);
  const { json: own } = await app.call('POST', '/api/v1/groups', {
    token: people.editor.token,
    body: { name: `The editor's own ${group.id}` },
  });
  expect((await put('editor', group.bookingId, own.id)).status).toBe(404);
  expect((await put('editor', group.bookingId, null)).status).toBe(204);
  expect((await put('editor', group.bookingId, group.id)).status).toBe(404);
});
