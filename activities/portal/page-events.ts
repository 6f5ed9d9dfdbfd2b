import type { Page, Request, Response } from 'playwright';
import { PortalError } from '../failures.ts';
import type { PageObservation } from './page-observations.ts';
import { foreignPage } from './pages/portal-errors.ts';

/** What happens on a page: what its script saw, and what the browser reports of its requests. */
export type PageEvent =
  | PageObservation
  /** The page begins to go somewhere. */
  | { kind: 'leaving'; url: URL; posts: boolean }
  /** The server answered for a document. */
  | { kind: 'document'; url: URL; status: number; retryAfterMs: number | undefined }
  /** A script's request began. */
  | { kind: 'asked'; carries: (secret: string) => boolean; request: Request }
  /** A script's request was answered, or failed (status 0), as the body of a document may. */
  | { kind: 'answered'; status: number; retryAfterMs: number | undefined; request: Request };

const scripted = new Set(['xhr', 'fetch', 'script']);

/**
 * The events of one page in their order, read one at a time. Events of documents from before the last `forget` are
 * dropped, as they can arrive late.
 */
export class PageEvents {
  readonly #waiting: PageEvent[] = [];
  readonly #documents = new Set<string>();
  #stale = new Set<string>();
  readonly #pending = new Set<Request>();
  #wake: (() => void) | null = null;
  #ended: Error | null = null;

  constructor(page: Page, origin: string) {
    const ours = (request: Request) => isOfMainFrame(page, request) && new URL(request.url()).origin === origin;
    page.on('request', (request) => this.#requested(page, request, ours(request)));
    page.on('response', (response) => this.#responded(page, response, ours(response.request())));
    page.on('requestfinished', (request) => this.#pending.delete(request));
    page.on('requestfailed', (request) => this.#failed(page, request, ours(request)));
    page.on('crash', () => this.end(new PortalError('interrupted', 'the browser page crashed')));
    page.on('close', () => this.end(new PortalError('interrupted', 'the browser page was closed')));
  }

  /** Takes what the script in the page saw. */
  saw(observation: PageObservation, document: string): void {
    if (this.#stale.has(document)) return;
    this.#documents.add(document);
    this.#push(observation);
  }

  /** To be called before the page is sent elsewhere. */
  forget(): void {
    this.#stale = new Set([...this.#stale, ...this.#documents]);
    this.#waiting.length = 0;
  }

  /** The next event is this error, and nothing comes after it. */
  end(reason: Error): void {
    this.#ended ??= reason;
    this.#waiting.length = 0;
    this.#wake?.();
  }

  /** A request for data has had no answer yet. What stays open forever, long polls and analytics, does not count. */
  dataPending(): boolean {
    return this.#pending.size > 0;
  }

  /** The next event; null where none comes within the time. Throws where the page is gone. */
  async next(withinMs: number): Promise<PageEvent | null> {
    if (this.#waiting.length === 0 && this.#ended === null) await this.#arrival(withinMs);
    const event = this.#waiting.shift();
    if (event) return event;
    if (this.#ended !== null) throw this.#ended;
    return null;
  }

  #arrival(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.max(0, withinMs));
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #requested(page: Page, request: Request, ours: boolean): void {
    const url = new URL(request.url());
    const posts = request.method() === 'POST';
    if (isDocument(page, request)) {
      this.#pending.clear();
      return ours ? this.#push({ kind: 'leaving', url, posts }) : this.end(foreignPage(url));
    }
    if (!ours || !isScripted(request)) return;
    if (isForData(request, url)) this.#pending.add(request);
    if (posts) this.#push({ kind: 'asked', request, carries: (secret) => carries(request.postData() ?? '', secret) });
  }

  #failed(page: Page, request: Request, ours: boolean): void {
    this.#pending.delete(request);
    if (!ours || !(isScripted(request) || isDocument(page, request)) || isOwnDoing(request)) return;
    this.#push({ kind: 'answered', status: 0, retryAfterMs: undefined, request });
  }

  #responded(page: Page, response: Response, ours: boolean): void {
    const request = response.request();
    const url = new URL(response.url());
    const answer = { status: response.status(), retryAfterMs: retryAfter(response) };
    if (isDocument(page, request)) this.#push({ kind: 'document', url, ...answer });
    else if (ours && isScripted(request)) this.#push({ kind: 'answered', request, ...answer });
  }

  #push(event: PageEvent): void {
    if (this.#ended !== null) return;
    this.#waiting.push(event);
    this.#wake?.();
  }
}

function isDocument(page: Page, request: Request): boolean {
  return request.isNavigationRequest() && isOfMainFrame(page, request);
}

function isOfMainFrame(page: Page, request: Request): boolean {
  return request.serviceWorker() === null && request.frame() === page.mainFrame();
}

function isScripted(request: Request): boolean {
  return scripted.has(request.resourceType());
}

/** Scripts, and the requests that the framework sends its actions with. */
function isForData(request: Request, url: URL): boolean {
  return (
    request.resourceType() === 'script' || /\/(aura|webruntime|apexremote|services|graphql)(\/|$)/.test(url.pathname)
  );
}

/** A request that ended because its page was left. */
function isOwnDoing(request: Request): boolean {
  return request.failure()?.errorText === 'net::ERR_ABORTED';
}

function carries(body: string, secret: string): boolean {
  const inJson = JSON.stringify(secret).slice(1, -1);
  const writings = [secret, inJson].flatMap((text) => [text, ...urlEncoded(text)]);
  return writings.some((text) => body.includes(text));
}

function urlEncoded(text: string): string[] {
  return [encodeURIComponent(text.toWellFormed()), new URLSearchParams({ '': text }).toString().slice(1)];
}

/** How long a 429 or a 503 asks to wait, at most an hour. */
export function retryAfter(response: Response): number | undefined {
  const value = response.headers()['retry-after']?.trim();
  if (!value) return undefined;
  const waitMs = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - Date.now();
  return Number.isFinite(waitMs) ? Math.min(Math.max(waitMs, 0), 3_600_000) : undefined;
}
