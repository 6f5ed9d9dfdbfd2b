import type { ZodError } from 'zod';
import type { FieldErrors } from '../../api-types.ts';

/** What is wrong with each field, by its path. What concerns the whole is under `body`. */
export function fieldErrors(error: ZodError): FieldErrors {
  const fields: FieldErrors = {};
  for (const issue of error.issues) {
    const field = issue.path.map(String).join('.') || 'body';
    (fields[field] ??= []).push(issue.message);
  }
  return fields;
}
