/** Where no answer of our server came to a form: no line, or a proxy's own page. Kit would put its error page in place of what was typed. */
import type { ActionResult } from '$app/forms';

/** Kit gives a status to what our server answered, and none to what it made of anything else. */
export function isUnanswered(result: ActionResult): boolean {
  return result.type === 'error' && result.status === undefined;
}

export function unansweredText(form: HTMLFormElement): string {
  const hasTyped = [...form.elements].some((field) => field.matches('input:not([type="hidden"]), select, textarea'));
  return `We could not reach the server. ${hasTyped ? 'What you typed is still here; try again.' : 'Try again.'}`;
}
