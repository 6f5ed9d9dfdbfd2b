import { ApiError } from '../errors.ts';
import type { DirectCall } from '../http/exchange.ts';

/** The JSON of a body; an empty one reads as `{}`. Throws `unsupported_media_type`, `malformed_json` and what reading throws. */
export async function readJson({ headers, readText }: Pick<DirectCall, 'headers' | 'readText'>): Promise<unknown> {
  const text = await readText();
  if (text.trim() === '') return {};
  const type = headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (!/^application\/([a-z0-9.+-]+\+)?json$/.test(type))
    throw new ApiError('unsupported_media_type', 'Send JSON, with content-type: application/json.');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ApiError('malformed_json', 'The body is not valid JSON.', { cause: error });
  }
}
