import type { FieldErrors } from '#lib/server/errors.ts';

/** What a form action answers where it refuses: a sentence, what is wrong with which field, and what was typed. */
export interface FormAnswer {
  /** Which form of the page this is about, where there are several. */
  form: string;
  message: string;
  fields: FieldErrors | null;
  /** The values to show again. Never a password. */
  values: Record<string, string>;
}

/** What a form action answers where it did what was asked: which form it was. */
export interface FormDone {
  done: string;
}

/** A page's `form`: what the last action answered. */
export type FormState = FormAnswer | FormDone | null | undefined;

/** The refusal of this form of the page, or null. */
export function answerFor(form: FormState, name: string): FormAnswer | null {
  return form && 'form' in form && form.form === name ? form : null;
}

/** Whether this form of the page has just done what was asked. */
export function isDone(form: FormState, name: string): boolean {
  return Boolean(form && 'done' in form && form.done === name);
}
