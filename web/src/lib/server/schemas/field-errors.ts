import type { ZodError, z } from 'zod';
import type { FieldErrors } from '../errors.ts';

/** What is wrong with each field, by its path. What concerns the whole is under `body`. */
export function fieldErrors(error: ZodError): FieldErrors {
  const fields: FieldErrors = {};
  for (const issue of error.issues) {
    const field = issue.path.map(String).join('.') || 'body';
    (fields[field] ??= []).push(messageOf(issue));
  }
  return fields;
}

/** What no schema of ours has words of its own for. */
function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return `There is no ${issue.keys.join(', ')} here. Look at its spelling.`;
  if (issue.code === 'invalid_type' && issue.expected === 'object') return 'Give an object in JSON.';
  return issue.message;
}
