/** Leads to the portal's sign-in, for what has to be done there. */
import { redirect } from '@sveltejs/kit';
import type { RequestHandler } from './$types';

export const GET: RequestHandler = ({ locals }) =>
  redirect(302, `${locals.services.config.PORTAL_URL}/s/login`, { external: true });
