/** Runs in the page: nothing outside of the function may be used. */
export interface Scroller {
  /** Something came: go to where there is more. */
  follow(): void;
}

/**
 * Scrolls to the end of the list, where the portal brings more rows; if nothing comes of that, moves a little as a
 * hand would, and in the end goes through the list step by step, so that rows which are drawn only while they are in
 * view are seen too.
 */
// eslint-disable-next-line max-lines-per-function -- the page gets it as one function, made of short ones
export function createScroller(
  table: () => Element | null,
  wantsMore: () => boolean,
  moreToCome: () => boolean,
): Scroller {
  const tickMs = 250;
  let quietTicks = 0;
  let walk = 0;
  let walking = false;

  function scrollers(): Element[] {
    const found: Element[] = [];
    const innermost = table()?.querySelector(':scope > tbody') ?? table();
    for (let element = innermost; element; element = element.parentElement) if (scrolls(element)) found.push(element);
    return found;
  }

  function scrolls(element: Element): boolean {
    if (element.scrollHeight - element.clientHeight <= 1) return false;
    if (element === document.scrollingElement || element.matches('.uiScroller')) return true;
    return ['auto', 'scroll', 'overlay'].includes(getComputedStyle(element).overflowY);
  }

  /** At once, even where the page would take its time to scroll. */
  function scroll(scroller: Element, top: number): void {
    scroller.scrollTo({ top, behavior: 'instant' });
  }

  function toEnd(): void {
    for (const scroller of scrollers()) scroll(scroller, scroller.scrollHeight);
  }

  function frames(count: number): Promise<void> {
    return new Promise((resolve) => {
      const next = (left: number) => (left <= 0 ? resolve() : void requestAnimationFrame(() => next(left - 1)));
      next(count);
    });
  }

  async function nudge(): Promise<void> {
    const found = scrollers();
    // A list that fits its frame cannot be scrolled; the portal may still listen for the wish.
    if (found.length === 0) return void table()?.closest('.uiScroller')?.dispatchEvent(new Event('scroll'));
    for (const scroller of found) scroll(scroller, scroller.scrollTop - 2 * scroller.clientHeight);
    await frames(2);
    toEnd();
  }

  async function walkThrough(framesAStep: number): Promise<void> {
    const turn = ++walk;
    const [scroller] = scrollers();
    if (!scroller) return nudge();
    walking = true;
    const step = Math.max(20, scroller.clientHeight * 0.75);
    for (let top = 0; turn === walk && wantsMore() && top < scroller.scrollHeight; top += step) {
      scroll(scroller, top);
      await frames(framesAStep);
    }
    if (turn !== walk) return;
    toEnd();
    walking = false;
  }

  function tick(): void {
    if (!table() || !wantsMore() || walking) return;
    quietTicks += 1;
    // While the portal says that more can be had, waiting for it is the rule and walking the exception.
    const timeouts = moreToCome() ? 12 : 1;
    if (quietTicks > timeouts && quietTicks % 4 === (timeouts + 1) % 4) void walkThrough(2 + quietTicks / 4);
    else if (quietTicks % 2 === 0) void nudge();
  }

  function follow(): void {
    quietTicks = 0;
    if (walking && !moreToCome()) return;
    walk += 1;
    walking = false;
    if (wantsMore()) toEnd();
  }

  setInterval(tick, tickMs);
  return { follow };
}
