/** What a schema says of a value beside its type, and what of that has become narrower. */

export interface LimitedSchema {
  type?: string | string[];
  maximum?: number;
  exclusiveMaximum?: number;
  maxLength?: number;
  maxItems?: number;
  minimum?: number;
  exclusiveMinimum?: number;
  minLength?: number;
  minItems?: number;
  pattern?: string;
  format?: string;
}

const upper = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems'] as const;
const lower = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems'] as const;
const forms = ['pattern', 'format'] as const;

/** The limits of the values of one type. */
type Limits = Partial<Record<(typeof upper)[number] | (typeof lower)[number], number>> &
  Partial<Record<(typeof forms)[number], string>>;

export type LimitsByType = Map<string, Limits>;

export function limitsOf(schema: LimitedSchema): LimitsByType {
  const found: Limits = {};
  for (const name of [...upper, ...lower]) if (schema[name] !== undefined) found[name] = schema[name];
  for (const name of forms) if (schema[name] !== undefined) found[name] = schema[name];
  return new Map([schema.type ?? []].flat().map((type) => [type, found]));
}

/** Of a value that fits one schema or the other: where both take the type, the wider of the two. */
export function eitherLimits(one: LimitsByType, other: LimitsByType): LimitsByType {
  const joined = new Map([...one, ...other]);
  for (const [type, limits] of one) {
    const second = other.get(type);
    if (second) joined.set(type, wider(limits, second));
  }
  return joined;
}

function wider(one: Limits, other: Limits): Limits {
  const wide: Limits = {};
  for (const name of upper)
    if (one[name] !== undefined && other[name] !== undefined) wide[name] = Math.max(one[name], other[name]);
  for (const name of lower)
    if (one[name] !== undefined && other[name] !== undefined) wide[name] = Math.min(one[name], other[name]);
  for (const name of forms) if (one[name] !== undefined && one[name] === other[name]) wide[name] = one[name];
  return wide;
}

/** Such as `maxLength 100`: limits that something which was taken before may not keep. */
export function narrowedLimits(before: LimitsByType, after: LimitsByType): string[] {
  return [...before].flatMap(([type, was]) => {
    const is = after.get(type) ?? {};
    const numbers = [
      ...upper.filter((name) => is[name] !== undefined && is[name] < (was[name] ?? Infinity)),
      ...lower.filter((name) => is[name] !== undefined && is[name] > (was[name] ?? -Infinity)),
    ];
    const others = forms.filter((name) => is[name] !== undefined && is[name] !== was[name]);
    return [...numbers, ...others].map((name) => `${name} ${is[name]}`);
  });
}

/** Formats that a reader could count on, and cannot any more. */
export function lostFormats(before: LimitsByType, after: LimitsByType): string[] {
  return [...before].flatMap(([type, { format }]) =>
    format !== undefined && after.has(type) && after.get(type)!.format !== format ? [format] : [],
  );
}
