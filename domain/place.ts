/** A location as the portal writes it, `280 Broadway (Lower Manhattan)`, taken apart for the page. */
export interface Place {
  /** What goes on an envelope: `280 Broadway`. */
  street: string;
  /** The part of town, where the portal names it. */
  area: string | null;
}

/** As PostgreSQL understands it, too. */
export const placePattern = /^(.*\S)\s*\(([^()]+)\)\s*$/;

export function placeOf(location: string): Place {
  const match = placePattern.exec(location);
  return match ? { street: match[1]!, area: match[2]! } : { street: location, area: null };
}
