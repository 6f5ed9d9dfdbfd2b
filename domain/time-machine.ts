/** Rentals as they were known at a past moment: what changed since is undone, the newest change first. */

/** The values of a rental that change, by the names that changes have for them. */
export interface KnownValues {
  name: string;
  startsAt: Date;
  endsAt: Date;
  studio: string;
  location: string;
  status: string;
  priceCents: number | null;
}

export interface KnownRental extends KnownValues {
  id: string;
  firstSeenAt: Date;
  removedAt: Date | null;
  /** When it was last found missing up to that moment, however it went on. */
  lastRemovedAt: Date | null;
}

/** As it is stored; `before` has the values of the fields that changed, in snake_case and times in ISO 8601. */
export interface StoredChange {
  bookingId: string;
  kind: string;
  before: Record<string, unknown> | null;
}

export interface RememberedRental extends KnownValues {
  id: string;
  firstSeenAt: Date;
  removedAt: Date | null;
  /** Some value is no longer what it was. */
  changedSince: boolean;
}

/**
 * `rentals` as they are now, those that were seen up to that moment; `since` what changed after it, newest first and
 * of one sync in any order, since each kind is about other fields. A removal that is no longer stored was before `rememberedSince`,
 * which then stands in for its time.
 */
export function rewind<Rental extends KnownRental>(
  rentals: Rental[],
  since: StoredChange[],
  rememberedSince: Date | null = null,
): (Omit<Rental, 'lastRemovedAt'> & RememberedRental)[] {
  const changes = Map.groupBy(since, ({ bookingId }) => bookingId);
  return rentals.map(({ lastRemovedAt, ...rental }) => {
    const own = changes.get(rental.id) ?? [];
    const removedAt = lastRemovedAt ?? rememberedSince;
    return { ...own.reduce((one, change) => before(one, change, removedAt), rental), changedSince: own.length > 0 };
  });
}

type Standing = KnownValues & { removedAt: Date | null };

function before<Rental extends Standing>(
  rental: Rental,
  { kind, before: values }: StoredChange,
  lastRemovedAt: Date | null,
): Rental {
  if (kind === 'restored') return { ...rental, removedAt: lastRemovedAt };
  const was = { ...rental, ...knownValues(values ?? {}) };
  return kind === 'removed' ? { ...was, removedAt: null } : was;
}

function knownValues(values: Record<string, unknown>): Partial<KnownValues> {
  const found: Record<string, unknown> = {};
  for (const [field, name] of Object.entries(fieldNames))
    if (name in values) found[field] = field.endsWith('At') ? new Date(values[name] as string) : values[name];
  return found;
}

const fieldNames: Record<keyof KnownValues, string> = {
  name: 'name',
  startsAt: 'starts_at',
  endsAt: 'ends_at',
  studio: 'studio',
  location: 'location',
  status: 'status',
  priceCents: 'price_cents',
};
