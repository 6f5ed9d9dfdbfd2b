/** The sign-in that leads to `target` afterwards; `ended` where a session was there and is over, which it says. */
export function signInPath(target: string, ended: boolean): string {
  return `/sign-in?to=${encodeURIComponent(target)}${ended ? '&ended=' : ''}`;
}
