/** Cursors of lists: where the next page begins. Opaque to callers; base64url of a JSON array. */
import { isUuid } from '#domain/ids.ts';
import { isInstant } from '#domain/instants.ts';

/** A cursor that we did not make, or made for another list. */
export class BadCursorError extends Error {
  override name = 'BadCursorError';

  constructor() {
    super('This cursor does not belong to this list. Leave it out to begin at the start.');
  }
}

/** A place in a list that is ordered by a time and then by id. */
export interface TimeCursor {
  at: Date;
  id: string;
}

/** @param list names the list and its order, so that a cursor of another one is refused. */
export function encodeTimeCursor(list: string, { at, id }: TimeCursor): string {
  return encode([list, at.toISOString(), id]);
}

/** Throws {@link BadCursorError}. Absent: the start of the list. */
export function decodeTimeCursor(list: string, cursor: string | null | undefined): TimeCursor | null {
  if (cursor === null || cursor === undefined) return null;
  const [at, id] = decode(list, cursor);
  if (typeof at !== 'string' || !isWritten(at) || typeof id !== 'string' || !isUuid(id)) throw new BadCursorError();
  return { at: new Date(at), id };
}

/** As we write a time, which PostgreSQL takes. */
function isWritten(at: string): boolean {
  const time = Date.parse(at);
  return isInstant(time) && new Date(time).toISOString() === at;
}

export function encodeNumberCursor(list: string, after: number): string {
  return encode([list, after]);
}

/** Throws {@link BadCursorError}. Absent: 0, the start of the list. */
export function decodeNumberCursor(list: string, cursor: string | null | undefined): number {
  if (cursor === null || cursor === undefined) return 0;
  const [after] = decode(list, cursor);
  if (typeof after !== 'number' || !Number.isSafeInteger(after) || after < 0) throw new BadCursorError();
  return after;
}

export function encodeTextCursor(list: string, after: string): string {
  return encode([list, after]);
}

/** Throws {@link BadCursorError}. Absent: null, the start of the list. */
export function decodeTextCursor(list: string, cursor: string | null | undefined): string | null {
  if (cursor === null || cursor === undefined) return null;
  const [after] = decode(list, cursor);
  if (typeof after !== 'string') throw new BadCursorError();
  return after;
}

function encode(parts: unknown[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

function decode(list: string, cursor: string): unknown[] {
  const parts = parseJson(Buffer.from(cursor, 'base64url').toString('utf8'));
  if (!Array.isArray(parts) || parts[0] !== list) throw new BadCursorError();
  return parts.slice(1);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new BadCursorError();
  }
}

/** A page of a list: one row more than `limit` was asked for, to know whether there is a next page. */
export function page<Row>(found: Row[], limit: number, cursorOf: (last: Row) => string) {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: found.length > limit && last !== undefined ? cursorOf(last) : null };
}
