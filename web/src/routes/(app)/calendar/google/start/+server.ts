import { error, redirect, type RequestEvent } from '@sveltejs/kit';
import { askGoogle } from '#lib/server/calendar/google.ts';

/** A link and no form: what a form leads to elsewhere, browsers refuse by our own rules. */
export const GET = async (event: RequestEvent): Promise<never> => {
  const { session, services } = event.locals;
  const { google } = services.config;
  if (!google || !session) error(404, 'There is no such page.');
  redirect(303, await askGoogle(event, google, session), { external: [new URL(google.endpoints.consent).origin] });
};
