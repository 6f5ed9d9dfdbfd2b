/** What page loads and form actions share: errors turned into answers, and the texts of a form. */
import { error, fail } from '@sveltejs/kit';
import type { ActionFailure } from '@sveltejs/kit';
import { TRPCError } from '@trpc/server';
import { ZodError } from 'zod';
import type { FormAnswer } from '#lib/forms/form-answer.ts';
import { ApiError } from '../errors.ts';
import { asApiError } from '../known-errors.ts';
import { fieldErrors } from '../schemas/field-errors.ts';
import { knownError } from '../trpc/errors.ts';

/** A page of this site to go to after signing in; anything else becomes the dashboard. */
export function safeTarget(to: string | null): string {
  return to && /^\/[A-Za-z0-9][^\\\s]*$/.test(to) ? to : '/dashboard';
}

/** Awaits what a load needs; what is not there becomes the error page that says so. */
export async function loaded<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (thrown) {
    const known = knownOf(thrown);
    if (known.reason === 'internal') throw thrown;
    error(isHidden(known) ? 404 : known.status, known.message);
  }
}

/** Nobody else need know of what is for operators. */
function isHidden({ reason }: ApiError): boolean {
  return reason === 'validation_failed' || reason === 'operators_only';
}

/** Runs a form action. What the caller may know of a failure comes back to the form named `form`. */
export async function submitted(
  form: string,
  values: Record<string, string>,
  work: () => Promise<unknown>,
): Promise<ActionFailure<FormAnswer> | undefined> {
  try {
    await work();
  } catch (thrown) {
    const known = knownOf(thrown);
    if (known.reason === 'internal') throw thrown;
    return fail(known.status, { form, message: known.message, fields: known.fields, values });
  }
}

function knownOf(thrown: unknown): ApiError {
  if (thrown instanceof TRPCError) return knownError(thrown);
  if (!(thrown instanceof ZodError)) return asApiError(thrown);
  return new ApiError('validation_failed', 'Some fields are not valid.', { fields: fieldErrors(thrown) });
}

/** The texts of a submitted form; a file or a missing field reads as an empty text. */
export async function textsOf<Name extends string>(request: Request, ...names: Name[]): Promise<Record<Name, string>> {
  const data = await request.formData();
  const text = (name: string) => {
    const value = data.get(name);
    return typeof value === 'string' ? value : '';
  };
  return Object.fromEntries(names.map((name) => [name, text(name)])) as Record<Name, string>;
}
