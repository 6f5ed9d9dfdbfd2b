/** How long to wait for each thing of the portal, in milliseconds. The portal can be very slow, and then recover. */
export interface PortalTimeouts {
  /** The first bytes of a page. */
  documentMs: number;
  /** The sign-in form, or the list, on a page that came. */
  contentMs: number;
  /** The list on the usual address, before the link to it is followed instead. */
  linkMs: number;
  /** Any request of the page, after a click on the sign-in button. */
  clickResponseMs: number;
  /** The answer to the sign-in. */
  signInMs: number;
  /** What the page makes of the answer to the sign-in. */
  verdictMs: number;
  /** A row or the final status line, after scrolling to the end. */
  quietMs: number;
  /** What still changes on a page whose facts contradict each other, are incomplete, or are too good to be final. */
  settleMs: number;
}

export const usualPortalTimeouts: PortalTimeouts = {
  documentMs: 60_000,
  contentMs: 60_000,
  linkMs: 15_000,
  clickResponseMs: 3_000,
  signInMs: 60_000,
  verdictMs: 15_000,
  quietMs: 15_000,
  settleMs: 1_500,
};
