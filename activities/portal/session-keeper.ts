import { Context } from '@temporalio/activity';
import type { BrowserContext } from 'playwright';
import { savePortalSession, type AttemptCredentials } from '#db/queries/portal-accounts.ts';
import { SecretsError, secretContext } from '#db/secrets.ts';
import type { PortalDeps } from '../deps.ts';
import { safeErrorText } from '../failures.ts';
import {
  isLasting,
  parseSession,
  serializeSession,
  sessionChanged,
  type SessionCookie,
} from '#domain/portal-session.ts';

/** Keeps the portal's session from one sync to the next, while the credentials are those that it was made with. */
export class SessionKeeper {
  readonly #deps: Pick<PortalDeps, 'config' | 'orm' | 'secrets'>;
  readonly #context: BrowserContext;
  readonly #userId: string;
  readonly #account: AttemptCredentials;
  readonly #activity = Context.current();
  #saved: string | null = null;

  constructor(
    deps: Pick<PortalDeps, 'config' | 'orm' | 'secrets'>,
    context: BrowserContext,
    userId: string,
    account: AttemptCredentials,
  ) {
    this.#deps = deps;
    this.#context = context;
    this.#userId = userId;
    this.#account = account;
  }

  /**
   * Gives the browser its cookies of the last visit, those of the session only where it is to be used again; returns
   * whether it has a session.
   */
  async restore(useSession: boolean): Promise<boolean> {
    const saved = this.#open();
    const cookies = useSession ? saved : saved.filter(isLasting);
    try {
      if (cookies.length > 0) await this.#context.addCookies(cookies);
      return cookies.some((cookie) => !isLasting(cookie));
    } catch (error) {
      // One cookie that the browser does not take back keeps all others out.
      this.#activity.log.warn('The session was not restored', { error: safeErrorText(error) });
      await Promise.allSettled(saved.filter(isLasting).map((cookie) => this.#context.addCookies([cookie])));
      return false;
    }
  }

  /** Saves the browser's session. Where that fails the next sync signs in again; that is no reason to fail this one. */
  async keep(): Promise<void> {
    try {
      const session = serializeSession(await this.#context.cookies());
      if (!sessionChanged(this.#saved, session)) return;
      const { portalAccountId, revision } = this.#account;
      const sessionSealed = this.#deps.secrets.seal(session, secretContext.portalSession(portalAccountId));
      await savePortalSession(this.#deps.orm.em.fork(), { userId: this.#userId, revision, sessionSealed });
      this.#saved = session;
    } catch (error) {
      if (this.#activity.cancellationSignal.aborted) return;
      this.#activity.log.warn('The session was not kept', { error: safeErrorText(error) });
    }
  }

  #open(): SessionCookie[] {
    const { sessionSealed, portalAccountId } = this.#account;
    if (sessionSealed === null) return [];
    try {
      this.#saved = this.#deps.secrets.open(sessionSealed, secretContext.portalSession(portalAccountId));
      const { hostname } = new URL(this.#deps.config.PORTAL_URL);
      return parseSession(this.#saved).filter(({ domain }) => `.${hostname}`.endsWith(`.${domain.replace(/^\./, '')}`));
    } catch (error) {
      if (!(error instanceof SecretsError)) throw error;
      this.#activity.log.warn('The saved session cannot be opened', { error: safeErrorText(error) });
      return [];
    }
  }
}
