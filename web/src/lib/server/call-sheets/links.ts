/** The addresses of call sheets: who may use one, and how often. */
import type { CallSheetRow } from '#db/queries/call-sheets.ts';
import { findSheetByToken, noteOpened } from '#db/queries/call-sheets.ts';
import { secretContext } from '#db/secrets.ts';
import { sheetState } from '#domain/call-sheets.ts';
import { hashOfToken, isToken, newToken } from '../auth/tokens.ts';
import { ApiError } from '../errors.ts';
import type { Services } from '../services.ts';

const noteEveryMs = 5 * 60_000;

export function newSheetToken({ secrets }: Pick<Services, 'secrets'>, sheetId: string) {
  const { token, tokenHash } = newToken();
  return { tokenHash, tokenSealed: secrets.seal(token, secretContext.callSheetToken(sheetId)) };
}

/** The addresses of the page and of its calendar. */
export function linksOf({ config, secrets }: Pick<Services, 'config' | 'secrets'>, sheet: CallSheetRow) {
  const url = `${config.PUBLIC_URL}/call/${secrets.open(sheet.tokenSealed, secretContext.callSheetToken(sheet.id))}`;
  return { url, calendarUrl: `${url}.ics` };
}

/**
 * The sheet behind a token. Throws `not_found` where there never was one, `invalid_link` where its time is over or its owner took it back, and
 * `rate_limited` for an address that tries many.
 */
export async function openSheet(
  { orm, limits }: Pick<Services, 'orm' | 'limits'>,
  token: string,
  clientAddress: string,
): Promise<CallSheetRow> {
  const tokenHash = hashOfToken(token);
  await limits.take('callSheet', `${clientAddress} ${tokenHash}`);
  const sheet = isToken(token) ? await findSheetByToken(orm.em.fork(), tokenHash) : null;
  if (sheet && sheetState(sheet, new Date()) === 'open') return sheet;
  await limits.take('unknownCallSheet', clientAddress);
  throw sheet ? closedSheet() : noSuchSheet();
}

export function noSuchSheet(): ApiError {
  return new ApiError('not_found', 'There is no such call sheet.');
}

export function closedSheet(): ApiError {
  return new ApiError('invalid_link', 'This call sheet is no longer shared.');
}

/** Programs that fetch a link only to show what is behind it. */
const previewers = /bot\b|crawl|spider|preview|facebookexternalhit|whatsapp|slack|telegram|discord|skype|embedly/i;

/** Notes that a guest looked, now and then. */
export async function noteGuest(
  { orm }: Pick<Services, 'orm'>,
  { id, lastOpenedAt }: CallSheetRow,
  userAgent: string | null,
): Promise<void> {
  const now = new Date();
  const isRecent = lastOpenedAt && now.getTime() - lastOpenedAt.getTime() < noteEveryMs;
  if (!isRecent && !previewers.test(userAgent ?? '')) await noteOpened(orm.em.fork(), id, now);
}
