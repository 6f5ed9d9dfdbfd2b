import type { FieldErrors } from '#lib/api-types.ts';

/** What a form action answers where it refuses: a sentence, what is wrong with which field, and what was typed. */
export interface FormAnswer {
  /** Which form of the page this is about, where there are several. */
  form: string;
  message: string;
  fields: FieldErrors | null;
  /** The values to show again. Never a password. */
  values: Record<string, string>;
}

/** The answer to this form of the page, or null. */
export function answerFor(form: FormAnswer | null | undefined, name: string): FormAnswer | null {
  return form?.form === name ? form : null;
}
