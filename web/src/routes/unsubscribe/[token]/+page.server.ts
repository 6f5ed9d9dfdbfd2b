import { error } from '@sveltejs/kit';
import { mailOfLink, unsubscribe } from '#lib/server/notices/unsubscribe.ts';
import type { Actions, PageServerLoad } from './$types';

const notOurs = 'This is not the whole link. Open it from the mail again, or turn mails off in the settings.';

export const load: PageServerLoad = async ({ locals, params }) => {
  const address = await mailOfLink(locals.services, params.token);
  if (address === null) error(404, notOurs);
  return { address };
};

export const actions: Actions = {
  default: async ({ locals, params }) => {
    if (!(await unsubscribe(locals.services, params.token))) error(404, notOurs);
    return { done: true };
  },
};
