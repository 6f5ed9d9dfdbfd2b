/** The demo account of the local mode: made once at start, shown on the sign-in page. */
import type { Config } from '#platform/config.ts';
import { userIdOf } from '#db/queries/credentials.ts';
import { createUser } from './auth/accounts.ts';
import { readPortalAccount, savePortalAccount } from './portal-account/portal-account.ts';
import type { Services } from './services.ts';

export interface DemoAccount {
  email: string;
  password: string;
}

/** What the sign-in page may show; null outside the demo mode. */
export function demoAccountOf(config: Config): DemoAccount | null {
  const { DEMO_EMAIL, DEMO_PASSWORD } = config;
  return DEMO_EMAIL && DEMO_PASSWORD ? { email: DEMO_EMAIL.toLowerCase(), password: DEMO_PASSWORD } : null;
}

/** What the sign-in page fills in: nothing for who has just chosen a password and wants to use it. */
export function offeredLogin(config: Config, hasNewPassword: boolean): DemoAccount | null {
  return hasNewPassword ? null : demoAccountOf(config);
}

/** Makes what is missing of the demo account; does nothing outside the demo mode. */
export async function ensureDemoAccount(services: Services): Promise<void> {
  const demo = demoAccountOf(services.config);
  if (!demo) return;
  const known = await userIdOf(services.orm.em.fork(), demo.email);
  const userId = known ?? (await createUser(services, demo)).id;
  const { DEMO_PORTAL_USERNAME: username, DEMO_PORTAL_PASSWORD: password } = services.config;
  if (!known && username && password && !(await readPortalAccount(services, userId)))
    await savePortalAccount(services, userId, { username, password });
}
