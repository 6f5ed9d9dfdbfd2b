import { demoAccountOf } from '#lib/server/demo.ts';
import type { LayoutServerLoad } from './$types';

export const load: LayoutServerLoad = ({ locals }) => ({
  user: locals.user ? { email: locals.user.email } : null,
  /** The page is rendered for this moment; from then on the browser's clock goes on. */
  renderedAt: Date.now(),
  demo: demoAccountOf(locals.services.config) !== null,
});
