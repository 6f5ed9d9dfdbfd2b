import { markOf } from '#lib/server/auth/tokens.ts';
import { demoAccountOf } from '#lib/server/demo.ts';
import { loaded } from '#lib/server/pages/page.ts';
import { themeCookie, themeOf } from '#lib/shell/theme.ts';
import { zoneCookie, zoneOf } from '#lib/time/local-zone.ts';
import type { LayoutServerLoad } from './$types';

export const load: LayoutServerLoad = async ({ locals, cookies, depends }) => {
  // Pages ask for this again when a sync has ended.
  depends('app:rentals');
  return {
    sessionMark: locals.session && markOf(locals.session.id),
    user: locals.user ? { email: locals.user.email, isOperator: locals.session?.isOperator ?? false } : null,
    /** How many changes the user has not looked at. */
    unseenChanges: locals.user ? (await loaded(locals.api.changes.unseen())).count : 0,
    /** The page is rendered for this moment; from then on the browser's clock goes on. */
    renderedAt: Date.now(),
    demo: demoAccountOf(locals.services.config) !== null,
    theme: themeOf(cookies.get(themeCookie)),
    /** The visitor's own time zone, known from the second page on. */
    ownZone: zoneOf(cookies.get(zoneCookie)),
  };
};
