import type { Demand, PageStateObservation } from '../page-observations.ts';
import type { Dom } from './dom.ts';

/** What the watch needs from outside of the page. */
export interface PageStateOptions {
  /** The folded text of the link to the list. */
  listLink: string;
}

/** What can be done with the page. Each says whether it could be done. */
export interface PageActions {
  /** Fills in the sign-in form, and sends it. A form that is redrawn loses what was typed, and is filled in again. */
  signIn(username: string, password: string): Promise<boolean>;
  /** Clicks on the link to the list, and before that on the menu that hides it. */
  followLink(): Promise<boolean>;
}

export interface PageStateWatch {
  /** To be called whenever the document changed. */
  look(): void;
  actions: PageActions;
}

/** Says what kind of page this is, and acts on it. Runs in the page: nothing outside of the function may be used. */
// eslint-disable-next-line max-lines-per-function -- the page gets it as one function, made of short ones
export function watchPageState(
  dom: Dom,
  fold: (label: string) => string,
  options: PageStateOptions,
  report: (facts: PageStateObservation) => void,
): PageStateWatch {
  interface Form {
    username: HTMLInputElement;
    password: HTMLInputElement;
    button: HTMLElement;
  }

  let before: Set<string> | null = null;
  let last = '';
  let link: HTMLAnchorElement | undefined;
  let lastLink: string | null = null;
  const outOfService = new RegExp(
    [
      '\\b(down for|under|undergoing|in|scheduled|planned) (scheduled |planned |routine )?(maintenance|construction)\\b',
      '\\b(site|page|portal|community|server|system|service|application|we)\\b.{0,30}\\b(unavailable|not available|inactive|down|offline|closed)\\b',
      '\\b(temporarily|currently) (unavailable|down|offline|closed)\\b',
      '\\b(bandwidth|request|usage|site)? ?(limit|capacity|quota) (has been |was |is )?(exceeded|reached)\\b|\\bover capacity\\b',
      '\\bmaintenance (in progress|mode|window|break|page)\\b|^((system|site|server|planned) )?maintenance$|\\binactive site\\b',
      '\\btechnical (difficulties|problems|issues)\\b|\\btoo busy\\b|\\b(unexpected|application) error\\b|\\bsomething went wrong\\b',
      '\\bbe right back\\b|\\b(be|come) back (online |up )?(soon|shortly|later|in )|\\btoo many (requests|connections|visitors)\\b',
      '\\b(bad gateway|gateway time-?out|internal server error|proxy error)\\b|^(error )?50[0234]\\b',
    ].join('|'),
    'i',
  );
  const demands = {
    password:
      /\b(change|reset|update|renew|choose|create|set)\b.{0,20}\bpassword\b|\bpassword\b.{0,30}\b(expired|changed)\b/i,
    terms:
      /\b(accept|agree|review|updated?)\b.{0,40}\b(terms|conditions|policy|policies|agreement|waiver|consent)\b|^(our |the )?(terms|user agreement|consent|privacy policy|code of conduct|liability)\b/i,
  };

  function all<Found extends Element>(selector: string): Found[] {
    return Array.from(document.querySelectorAll<Found>(selector)).filter((element) => dom.shown(element));
  }

  function usernameOf(password: HTMLInputElement): HTMLInputElement | undefined {
    const inputs = all<HTMLInputElement>('input:read-write:enabled').filter((input) =>
      ['text', 'email', 'tel'].includes(input.type),
    );
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

  function findForm(): Form | null {
    const passwords = all<HTMLInputElement>('input[type=password]:read-write:enabled');
    const password = passwords.find((input) => fold(input.placeholder) === 'password') ?? passwords[0];
    const [username, button] = [password && usernameOf(password), password && buttonOf()];
    return password && username && button ? { password, username, button } : null;
  }

  async function signIn(username: string, password: string): Promise<boolean> {
    for (let round = 0; round < 40; round++) {
      const form = findForm();
      const typed = form && [type(form.username, username), type(form.password, password)].includes(true);
      // A button may wait for the form to be checked; a click that it does not take is dispatched all the same.
      if (form && !typed && (round > 20 || !form.button.matches(':disabled'))) return press(form.button);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    return false;
  }

  /** Sets the value as typing would; returns whether that was needed. Without the focus, which a frame could take away. */
  function type(input: HTMLInputElement, value: string): boolean {
    if (input.value === value) return false;
    input.value = value;
    // Forms listen for one or the other.
    input.dispatchEvent(new InputEvent('input', { bubbles: true, composed: true, inputType: 'insertText' }));
    input.dispatchEvent(new KeyboardEvent('keyup', { bubbles: true, composed: true }));
    input.dispatchEvent(new Event('change', { bubbles: true }));
    return true;
  }

  function press(button: HTMLElement): true {
    // What appears after this is the portal's answer.
    before = new Set(dom.visibleTexts());
    const options = { bubbles: true, cancelable: true, composed: true };
    for (const name of ['mousedown', 'mouseup', 'click']) button.dispatchEvent(new MouseEvent(name, options));
    return true;
  }

  async function followLink(): Promise<boolean> {
    if (listLink() === '') menu()?.click();
    for (let round = 0; round < 40 && !link; round++) {
      await new Promise((resolve) => setTimeout(resolve, 25));
      listLink();
    }
    link?.click();
    return link !== undefined;
  }

  /** The button of a menu that may hold the links that do not fit. */
  function menu(): HTMLElement | undefined {
    const label = (button: HTMLElement) =>
      fold(dom.textOf(button) || button.getAttribute('aria-label') || button.title);
    const openers = all<HTMLElement>('[aria-haspopup]:not([aria-haspopup=false]), [aria-expanded=false]');
    return openers.find((button) =>
      /^(show)?(more|menu|(main|site)?navigation(menu)?)(items|links|menu|tabs|pages)?$/.test(label(button)),
    );
  }

  function says(texts: string[], pattern: RegExp): boolean {
    return texts.some((text) => pattern.test(text));
  }

  function listLink(): string | null {
    const found = Array.from(document.querySelectorAll<HTMLAnchorElement>('a:not([data-recordid])')).filter(isListLink);
    link = found.find((one) => dom.shown(one)) ?? found[0];
    if (link) return link.getAttribute('href') ?? '';
    return menu() && !location.pathname.startsWith('/s/login') ? '' : null;
  }

  function isListLink(candidate: HTMLAnchorElement): boolean {
    const text = fold(candidate.textContent);
    if (text.includes(options.listLink))
      return text === options.listLink || fold(dom.textOf(candidate)) === options.listLink;
    return fold(candidate.getAttribute('aria-label') ?? '') === options.listLink;
  }

  function message(texts: string[]): string | null {
    const old = before;
    if (!old) return null;
    const fresh = texts.filter((text) => !old.has(text));
    return fresh.length > 0 ? fresh.join(' ').slice(0, 500) : null;
  }

  /** Until its styles are loaded, a page seems to show what they hide. One that never comes hides nothing. */
  function isStyled(): boolean {
    const styles = Array.from(document.querySelectorAll<HTMLLinkElement>('link[rel~=stylesheet]'));
    return document.readyState === 'complete' || styles.every(({ sheet, disabled }) => sheet !== null || disabled);
  }

  /** A page of an outage says little else. Every page has the mask of a failed framework, hidden. */
  function isUnavailable(texts: string[]): boolean {
    if (!isStyled()) return false;
    if (all('#auraErrorMask').length > 0) return true;
    return texts.length < 40 && says([document.title, ...texts.slice(0, 20)], outOfService);
  }

  function demandOf(): Demand | null {
    const headings = all('h1, h2, h3, legend, [role=heading]').map((heading) => dom.textOf(heading));
    const found = (['password', 'terms'] as const).find((one) => says([document.title, ...headings], demands[one]));
    return found ?? null;
  }

  function facts(): PageStateObservation {
    const rows = document.querySelector('table a[data-recordid]') !== null;
    const texts = rows ? [] : dom.visibleTexts();
    const form = !rows && findForm() !== null;
    lastLink = rows && lastLink !== null ? lastLink : listLink();
    return {
      kind: 'page_state',
      path: location.pathname,
      form,
      message: message(texts),
      verification:
        says(texts, /^verify your identity$/i) || location.pathname.startsWith('/_ui/identity/verification'),
      invalidPage: says(texts, /^invalid page$/i),
      unavailable: isUnavailable(texts),
      demand: rows || form || lastLink !== null ? null : demandOf(),
      listLink: lastLink,
    };
  }

  function look(): void {
    const now = facts();
    const signature = JSON.stringify(now);
    if (signature === last) return;
    last = signature;
    report(now);
  }

  return { look, actions: { signIn, followLink } };
}
