/** Stands in for `$app/forms`: the server's answer is what the test says, and what Kit does with it is done to the form alone. */
import type { ActionResult, SubmitFunction } from '$app/forms';

let next = success();

export function success(data: Record<string, unknown> = {}): ActionResult {
  return { type: 'success', status: 200, data, location: '/' };
}

/** As Kit tells of an answer that is not our server's. */
export const noAnswer: ActionResult = { type: 'error', error: { status: 500, message: 'Failed to fetch' } };

/** How often Kit would have changed the page since then. */
export let updates = 0;
/** Whether the page has taken the answer. */
export let settled = false;

export function answerWith(result: ActionResult): void {
  next = result;
  updates = 0;
  settled = false;
}

export function enhance(form: HTMLFormElement, submit: SubmitFunction) {
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void play(event.submitter);
  });

  async function play(submitter: HTMLElement | null) {
    const given = {
      action: new URL(form.action),
      formData: new FormData(form),
      formElement: form,
      controller: new AbortController(),
      submitter,
      cancel() {},
    };
    const answered = await submit(given);
    const result = next;
    await answered?.({
      ...given,
      result,
      async update({ reset = true } = {}) {
        updates += 1;
        if (result.type === 'success' && reset) form.reset();
        (document.activeElement as HTMLElement | null)?.blur();
      },
    });
    settled = true;
  }
}
