/**
 * The page of a visit as the visit may use it. What is read from it comes from a world of its own, in which the page's
 * scripts can neither call nor see anything, and from the main frame only while that shows the portal's own origin;
 * what is typed and clicked goes there. The main frame is kept from going anywhere else.
 */
import type { CDPSession, Cookie, Page } from 'playwright';
import { z } from 'zod';
import { PortalError } from '../failures.ts';
import { toldNames, type Told } from '#domain/rental-list/viewer.ts';
import { pageActions, pageScript, reportBinding, type PageActions } from './in-page/script.ts';
import { tellViewer } from './in-page/tell-viewer.ts';
import { PageEvents } from './page-events.ts';
import type { PageObservation } from './page-observations.ts';
import { foreignPage } from './pages/portal-errors.ts';

const worldName = 'gibney-sync';

/** Some ten times what the largest script or list of the portal has; without a limit one answer could fill the memory. */
const maxAnswerBytes = 50_000_000;

const told = z.partialRecord(z.enum(toldNames), z.string().max(100));

/** `gone`: the document went away meanwhile, or never was the portal's. `late`: it did not do it in time. */
export type ActionResult = 'done' | 'gone' | 'late';

export class PortalPage {
  readonly events: PageEvents;
  readonly #page: Page;
  readonly #session: CDPSession;
  readonly #origin: string;
  #mainFrame = '';
  /** Our world in the document that the main frame shows, where that is the portal's. */
  #world: { id: number; uniqueId: string } | null = null;
  /** The world of the page's own scripts in it. */
  #pageWorld: { id: number; uniqueId: string } | null = null;
  #foreign: PortalError | null = null;
  readonly #received = new Map<string, number>();

  private constructor(page: Page, session: CDPSession, origin: string) {
    this.#page = page;
    this.#session = session;
    this.#origin = origin;
    this.events = new PageEvents(page, origin);
  }

  static async open(page: Page, portalUrl: string): Promise<PortalPage> {
    const session = await page.context().newCDPSession(page);
    const portalPage = new PortalPage(page, session, new URL(portalUrl).origin);
    await portalPage.#guard();
    return portalPage;
  }

  get url(): string {
    return this.#page.url();
  }

  /** Goes to a page of the portal, as far as its first bytes. */
  async goto(url: string, timeout: number) {
    try {
      return await this.#page.goto(url, { waitUntil: 'commit', timeout });
    } catch (error) {
      throw this.#foreign ?? error;
    }
  }

  cookies(): Promise<Cookie[]> {
    return this.#page.context().cookies();
  }

  /** Takes away all cookies but these. */
  async keepOnly(cookies: Cookie[]): Promise<void> {
    await this.#page.context().clearCookies();
    await this.#page.context().addCookies(cookies);
  }

  /** Lets the script in the page act, on the document that is there now and on no other. */
  async act<Name extends keyof PageActions>(
    name: Name,
    args: Parameters<PageActions[Name]>,
    limitMs: number,
  ): Promise<ActionResult> {
    if (this.#world === null) return 'gone';
    const call = this.#session.send('Runtime.callFunctionOn', {
      uniqueContextId: this.#world.uniqueId,
      functionDeclaration: `(...args) => ${pageActions}.${name}(...args)`,
      arguments: args.map((value) => ({ value: value })),
      awaitPromise: true,
      returnByValue: true,
    });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => (timer = setTimeout(() => resolve('late'), limitMs)));
    // The protocol answers with an error where the document, and its world with it, went away.
    const done = call.then(
      ({ exceptionDetails, result }) => {
        if (exceptionDetails) throw new Error(`the script in the page failed: ${exceptionDetails.text}`);
        return result.value === true ? ('done' as const) : ('late' as const);
      },
      () => 'gone' as const,
    );
    return Promise.race([done, late]).finally(() => clearTimeout(timer));
  }

  /** What the page says about how it draws dates and amounts; null where it did not answer in time. */
  async told(limitMs: number): Promise<Told | null> {
    if (this.#pageWorld === null) return null;
    const call = this.#session.send('Runtime.evaluate', {
      uniqueContextId: this.#pageWorld.uniqueId,
      expression: `(${tellViewer.toString()})(${JSON.stringify(toldNames)})`,
      returnByValue: true,
      timeout: limitMs,
    });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<null>((resolve) => (timer = setTimeout(() => resolve(null), limitMs)));
    // The protocol answers with an error where the document went away, or where its scripts took too long.
    const done = call.then(
      ({ result }) => told.safeParse(result.value).data ?? {},
      () => null,
    );
    return Promise.race([done, late]).finally(() => clearTimeout(timer));
  }

  async #guard(): Promise<void> {
    const session = this.#session;
    const { frameTree } = await session.send('Page.getFrameTree');
    this.#mainFrame = frameTree.frame.id;
    this.#page.on('popup', (popup) => void popup.close().catch(() => undefined)); // it may be gone by itself
    session.on('Runtime.executionContextCreated', ({ context }) => {
      const { frameId, isDefault } = context.auxData as { frameId?: string; isDefault?: boolean };
      if (frameId !== this.#mainFrame) return;
      const ours = context.origin === this.#origin ? context : null;
      if (isDefault) this.#pageWorld = ours;
      if (context.name === worldName) this.#world = ours;
    });
    session.on('Runtime.executionContextDestroyed', ({ executionContextId }) => {
      if (executionContextId === this.#world?.id) this.#world = null;
      if (executionContextId === this.#pageWorld?.id) this.#pageWorld = null;
    });
    session.on('Runtime.executionContextsCleared', () => (this.#world = this.#pageWorld = null));
    session.on('Runtime.bindingCalled', ({ name, payload, executionContextId }) => {
      if (name !== reportBinding || executionContextId !== this.#world?.id) return;
      this.events.saw(JSON.parse(payload) as PageObservation, this.#world.uniqueId);
    });
    session.on('Page.frameNavigated', ({ frame }) => {
      // The browser shows a page of its own where a page did not come.
      const shown = !frame.unreachableUrl && frame.url !== 'about:blank';
      if (frame.id === this.#mainFrame && shown) this.#admit(frame.url);
    });
    session.on('Fetch.requestPaused', ({ requestId, frameId, request }) => {
      const stopped = frameId === this.#mainFrame && !this.#admit(request.url);
      const answer = stopped
        ? session.send('Fetch.failRequest', { requestId, errorReason: 'BlockedByClient' })
        : session.send('Fetch.continueRequest', { requestId });
      answer.catch(() => undefined); // the page went away, and the request with it
    });
    session.on('Network.dataReceived', ({ requestId, dataLength }) => this.#count(requestId, dataLength));
    session.on('Network.loadingFinished', ({ requestId }) => this.#received.delete(requestId));
    session.on('Network.loadingFailed', ({ requestId }) => this.#received.delete(requestId));
    await Promise.all([
      session.send('Runtime.enable'),
      session.send('Runtime.addBinding', { name: reportBinding, executionContextName: worldName }),
      session.send('Page.enable'),
      session.send('Page.addScriptToEvaluateOnNewDocument', { source: pageScript(this.#origin), worldName }),
      session.send('Fetch.enable', { patterns: [{ resourceType: 'Document' }] }),
      session.send('Network.enable', { maxTotalBufferSize: 0, maxResourceBufferSize: 0 }),
    ]);
  }

  /** Whether the main frame may show this address. */
  #admit(address: string): boolean {
    const url = new URL(address);
    if (url.origin === this.#origin) return true;
    this.#foreign = foreignPage(url);
    this.events.end(this.#foreign);
    return false;
  }

  #count(requestId: string, bytes: number): void {
    const received = (this.#received.get(requestId) ?? 0) + bytes;
    this.#received.set(requestId, received);
    if (received > maxAnswerBytes)
      this.events.end(new PortalError('portal_unavailable', 'the portal sent an answer without end'));
  }
}
