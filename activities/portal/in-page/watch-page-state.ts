import type { PageStateObservation } from '../page-observations.ts';
import type { Dom } from './dom.ts';

/** What the watch needs from outside of the page. */
export interface PageStateOptions {
  /** The folded text of the link to the list. */
  listLink: string;
  /** The attribute that marks what was found: `username`, `password` and `button` of the sign-in form, the link to the `list`. */
  mark: string;
}

export type PageStateFacts = Omit<PageStateObservation, 'document'>;

/**
 * Says what kind of page this is. Runs in the page: nothing outside of the function may be used. Returns the look that
 * is to be taken whenever the document changed.
 */
// eslint-disable-next-line max-lines-per-function -- the page gets it as one function, made of short ones
export function watchPageState(
  dom: Dom,
  fold: (label: string) => string,
  options: PageStateOptions,
  report: (facts: PageStateFacts) => void,
): () => void {
  let before: Set<string> | null = null;
  let last = '';
  let lastLink: string | null = null;
  const outOfService =
    /\b(down for|under|undergoing|scheduled) maintenance\b|\bservice (is )?(temporarily )?unavailable\b/i;

  // The texts at the click are the old ones; what appears after it is the portal's answer.
  addEventListener('click', (event) => clicked(event.target), true);

  // A text that is filled in comes without keys, and a form may listen for those alone.
  addEventListener('input', ({ target }) => {
    if (!(target instanceof Element) || !target.matches(`input[${options.mark}]`)) return;
    target.dispatchEvent(new KeyboardEvent('keyup', { bubbles: true }));
    target.dispatchEvent(new Event('change', { bubbles: true }));
  });

  function clicked(target: EventTarget | null): void {
    const marked = target instanceof Element && target.closest(`[${options.mark}=button]`);
    if (marked) before = new Set(dom.visibleTexts());
  }

  function all<Found extends Element>(selector: string): Found[] {
    return Array.from(document.querySelectorAll<Found>(selector)).filter((element) => dom.shown(element));
  }

  function usernameOf(password: HTMLInputElement): HTMLInputElement | undefined {
    const inputs = all<HTMLInputElement>('input').filter((input) => ['text', 'email', 'tel'].includes(input.type));
    const named = inputs.filter((input) => fold(input.placeholder) === 'username');
    const earlier = inputs.filter(
      (input) => input.compareDocumentPosition(password) & Node.DOCUMENT_POSITION_FOLLOWING,
    );
    return named.at(-1) ?? earlier.at(-1);
  }

  function buttonOf(): HTMLElement | undefined {
    const buttons = all<HTMLElement>('button, [role=button], input[type=button], input[type=submit]');
    const label = (button: HTMLElement) => fold(button instanceof HTMLInputElement ? button.value : dom.textOf(button));
    const says = (button: HTMLElement) => ['login', 'signin'].includes(label(button));
    return buttons.find((button) => button.matches('.loginButton')) ?? buttons.find(says);
  }

  function findForm(): boolean {
    const passwords = all<HTMLInputElement>('input[type=password]');
    const password = passwords.find((input) => fold(input.placeholder) === 'password') ?? passwords[0];
    const parts = { password, username: password && usernameOf(password), button: password && buttonOf() };
    for (const [part, element] of Object.entries(parts)) element?.setAttribute(options.mark, part);
    return Object.values(parts).every(Boolean);
  }

  function says(texts: string[], pattern: RegExp): boolean {
    return texts.some((text) => pattern.test(text));
  }

  function listLink(): string | null {
    const found = Array.from(document.querySelectorAll<HTMLAnchorElement>('a:not([data-recordid])')).filter(isListLink);
    const link = found.find((one) => dom.shown(one)) ?? found[0];
    link?.setAttribute(options.mark, 'list');
    return link ? (link.getAttribute('href') ?? '') : null;
  }

  function isListLink(link: HTMLAnchorElement): boolean {
    const text = fold(link.textContent);
    if (text.includes(options.listLink))
      return text === options.listLink || fold(dom.textOf(link)) === options.listLink;
    return fold(link.getAttribute('aria-label') ?? '') === options.listLink;
  }

  function message(texts: string[]): string | null {
    const old = before;
    if (!old) return null;
    const fresh = texts.filter((text) => !old.has(text));
    return fresh.length > 0 ? fresh.join(' ').slice(0, 500) : null;
  }

  function facts(): PageStateFacts {
    const rows = document.querySelector('table a[data-recordid]') !== null;
    const texts = rows ? [] : dom.visibleTexts();
    return {
      kind: 'page_state',
      path: location.pathname,
      form: !rows && findForm(),
      message: message(texts),
      verification:
        says(texts, /^verify your identity$/i) || location.pathname.startsWith('/_ui/identity/verification'),
      invalidPage: says(texts, /^invalid page$/i),
      unavailable: says([document.title, ...texts.slice(0, 20)], outOfService),
      listLink: (lastLink = rows && lastLink !== null ? lastLink : listLink()),
    };
  }

  return function look(): void {
    const now = facts();
    const signature = JSON.stringify(now);
    if (signature === last) return;
    last = signature;
    report(now);
  };
}
