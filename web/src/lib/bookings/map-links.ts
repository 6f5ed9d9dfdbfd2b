/** Where a rental is, on the map of one's choice. The address goes into the link alone: nothing is asked of a map by us. */
import { houseOf } from '#domain/postal-address.ts';

export interface MapLinks {
  /** By public transport, from wherever one is. */
  directions: string;
  maps: { name: string; href: string }[];
}

/** Null where the house is not a known one: a map would guess. */
export function mapLinksOf(location: string): MapLinks | null {
  const address = houseOf(location);
  if (address === null) return null;
  const place = encodeURIComponent(`Gibney, ${address}`);
  const house = encodeURIComponent(address);
  return {
    directions: `https://www.google.com/maps/dir/?api=1&destination=${house}&travelmode=transit`,
    maps: [
      { name: 'Google Maps', href: `https://www.google.com/maps/search/?api=1&query=${place}` },
      { name: 'Apple Maps', href: `https://maps.apple.com/?q=${house}` },
      { name: 'OpenStreetMap', href: `https://www.openstreetmap.org/search?query=${house}` },
    ],
  };
}
