import { error, redirect, type RequestEvent } from '@sveltejs/kit';
import { signInPath } from '#lib/account/sign-in-path.ts';
import { hearGoogle, pageWith } from '#lib/server/calendar/google.ts';

/** Where Google sends people back to. Outside `(app)`, whose sign-in would keep the address, and with it the code. */
export const GET = async (event: RequestEvent): Promise<never> => {
  const { session, services } = event.locals;
  const { google } = services.config;
  if (!google) error(404, 'There is no such page.');
  redirect(303, session ? await hearGoogle(event, google, session) : signInPath(pageWith('signed_out'), false));
};
