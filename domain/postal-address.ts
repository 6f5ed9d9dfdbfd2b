import { placeOf } from './place.ts';

/** The houses of the studios, as a map finds them. */
const houses: Record<string, string> = {
  '280 broadway': '280 Broadway, New York, NY 10007',
  '890 broadway': '890 Broadway, New York, NY 10003',
};

/** The postal address of a location as the portal writes it; the portal's own words where the house is not a known one. */
export function addressOf(location: string): string {
  return houseOf(location) ?? location;
}

/** The postal address of a known house; null for any other. */
export function houseOf(location: string): string | null {
  return houses[placeOf(location).street.toLowerCase()] ?? null;
}
