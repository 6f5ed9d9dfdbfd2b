import { Context } from '@temporalio/activity';
import type { BrowserContext } from 'playwright';
import { deletePortalSession, savePortalSession, type AttemptCredentials } from '#db/queries/portal-accounts.ts';
import { SecretsError, secretContext } from '#db/secrets.ts';
import type { PortalDeps } from '../deps.ts';
import { safeErrorText } from '../failures.ts';
import { parseSession, serializeSession, sessionChanged, type SessionCookie } from './session.ts';

/** Keeps the portal's session from one sync to the next, while the credentials are those that it was made with. */
export class SessionKeeper {
  readonly #deps: Pick<PortalDeps, 'orm' | 'secrets'>;
  readonly #context: BrowserContext;
  readonly #userId: string;
  readonly #account: AttemptCredentials;
  readonly #activity = Context.current();
  #saved: string | null = null;

  constructor(
    deps: Pick<PortalDeps, 'orm' | 'secrets'>,
    context: BrowserContext,
    userId: string,
    account: AttemptCredentials,
  ) {
    this.#deps = deps;
    this.#context = context;
    this.#userId = userId;
    this.#account = account;
  }

  /** Gives the browser the saved session; returns whether there was one. */
  async restore(): Promise<boolean> {
    const cookies = this.#open();
    if (cookies.length > 0) await this.#context.addCookies(cookies);
    return cookies.length > 0;
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

  /** The portal no longer knows the saved session. */
  async forget(): Promise<void> {
    if (this.#saved === null) return;
    await deletePortalSession(this.#deps.orm.em.fork(), { userId: this.#userId, revision: this.#account.revision });
    this.#saved = null;
  }

  #open(): SessionCookie[] {
    const { sessionSealed, portalAccountId } = this.#account;
    if (sessionSealed === null) return [];
    try {
      this.#saved = this.#deps.secrets.open(sessionSealed, secretContext.portalSession(portalAccountId));
      return parseSession(this.#saved);
    } catch (error) {
      if (!(error instanceof SecretsError)) throw error;
      this.#activity.log.warn('The saved session cannot be opened', { error: safeErrorText(error) });
      return [];
    }
  }
}
