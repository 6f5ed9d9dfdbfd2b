import { email } from '#lib/server/schemas/inputs.ts';
import { loaded, submitted, textsOf } from '#lib/server/pages/page.ts';
import { failureOptions, stateOptions } from '#lib/operate/operate-words.ts';
import type { FailureKind } from '#domain/failure-kinds.ts';
import type { SyncState } from '#domain/sync-states.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ url, locals }) => {
  const known = (name: string, options: { value: string }[]) => {
    const given = url.searchParams.get(name) ?? '';
    return options.some(({ value }) => value === given) ? given : '';
  };
  const query = {
    state: known('state', stateOptions) as SyncState | '',
    kind: known('kind', failureOptions) as FailureKind | '',
    email: url.searchParams.get('email')?.trim() ?? '',
  };
  const { operate } = locals.api;
  // Nobody could have registered with one that the API refuses.
  const isNobody = query.email !== '' && !email.safeParse(query.email).success;
  const find = () =>
    operate.users({
      ...(query.state && { state: query.state }),
      ...(query.kind && { errorCode: query.kind }),
      ...(query.email && { email: query.email }),
      cursor: url.searchParams.get('after') || null,
    });
  const [overview, list] = await loaded(
    Promise.all([operate.overview(), isNobody ? { users: [], nextCursor: null } : find()]),
  );
  const next = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== ''));
  if (list.nextCursor) next.set('after', list.nextCursor);
  return { query, overview, users: list.users, nextHref: list.nextCursor && `/operate?${next}` };
};

export const actions: Actions = {
  closeCircuit: async ({ request, locals }) => {
    const { reason } = await textsOf(request, 'reason');
    const refused = await submitted('closeCircuit', { reason }, () =>
      locals.api.operate.closeCircuit({ ...(reason.trim() && { reason }) }),
    );
    return refused ?? { done: 'closeCircuit' };
  },
};
