/** Which rental is meant, by what people see of it. */
import { isUuid } from '#domain/ids.ts';
import type { Booking } from '#client/contract/rest.ts';
import { exitCodes } from './exit-codes.ts';
import { plain } from './output/text.ts';
import { Refusal } from './refusal.ts';
import type { Session } from './session.ts';

/** An id is taken as it is; else the one rental whose number or name begins with what is given, in any case. */
export async function rentalId({ client, signal }: Session, given: string): Promise<string> {
  if (isUuid(given)) return given;
  const { data } = await client.rest.GET('/user/bookings', { params: { query: { q: given, limit: 100 } }, signal });
  const found = chosen(data!.bookings, given.toLowerCase());
  if (found.length === 1) return found[0]!.id;
  if (found.length === 0) throw new Refusal(`There is no rental ${plain(given)}.`, exitCodes.notFound);
  const names = found.slice(0, 5).map(({ name, id }) => `${plain(name)} (${id})`);
  throw new Refusal(`${plain(given)} may be ${names.join(', ')}. Give more of it, or the id.`, exitCodes.usage);
}

/** The whole name before its beginning: R-1 is not R-10. */
function chosen(bookings: Booking[], given: string): Booking[] {
  const named = (fits: (name: string) => boolean) => bookings.filter(({ name }) => fits(name.toLowerCase()));
  const whole = named((name) => name === given || name.startsWith(`${given},`) || name.startsWith(`${given} `));
  return whole.length > 0 ? whole : named((name) => name.startsWith(given));
}
