/** Where the studios are; the zone of anybody who chose none. */
export const studioZone = 'America/New_York';
