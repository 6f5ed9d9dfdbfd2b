/** The studio's clock in statements. */
import { sql } from 'kysely';
import { studioZone } from '#domain/studio-zone.ts';

/** Written out, since indexes and plans know it so. */
export const studioZoneName = sql.lit(studioZone);
