/** Which rentals the page of costs is about, as it stands in its address. */
import { addDays, addMonths, isDayKey } from '#lib/time/days.ts';

export interface CostPeriod {
  from: string;
  to: string;
  /** What the arrows step by; null for a period of one's own. */
  unit: 'year' | 'month' | null;
}

/** Only some of the rentals: those of a group, or those that somebody pays. Left out: all. */
export interface CostScope {
  group?: string;
  payer?: string;
}

/** `?year=2026`, `?month=2026-11`, `?from=…&to=…`. Whatever cannot be read is this year. */
export function readCostPeriod(params: URLSearchParams, today: string): CostPeriod {
  const [from, to] = [params.get('from'), params.get('to')];
  const isPeriod = isDayKey(from) && isDayKey(to) && from >= '1970' && from <= to;
  if (isPeriod && Number(to.slice(0, 4)) - Number(from.slice(0, 4)) < 10) return { from, to, unit: null };
  const first = `${params.get('month')}-01`;
  if (isDayKey(first) && first >= '1970') return { from: first, to: addDays(addMonths(first, 1), -1), unit: 'month' };
  const year = /^(19[7-9]|[2-9]\d\d)\d$/.exec(params.get('year') ?? '')?.[0] ?? today.slice(0, 4);
  return { from: `${year}-01-01`, to: `${year}-12-31`, unit: 'year' };
}

/** `?group=<id>`, `?payer=Harvest+Fund` */
export function readCostScope(params: URLSearchParams): CostScope {
  const [group, payer] = [params.get('group'), params.get('payer')?.replaceAll('\0', '').trim().slice(0, 200)];
  return { ...(group && { group }), ...(payer && { payer }) };
}

const hrefOf = (period: Record<string, string>, scope: CostScope) =>
  `/costs?${new URLSearchParams({ ...period, ...scope })}`;

export const monthHref = (month: string, scope: CostScope = {}) => hrefOf({ month }, scope);
export const yearHref = (year: number | string, scope: CostScope = {}) => hrefOf({ year: String(year) }, scope);

/** The same period of other rentals. */
export function periodHref({ from, to, unit }: CostPeriod, scope: CostScope): string {
  if (unit === 'year') return yearHref(from.slice(0, 4), scope);
  return unit === 'month' ? monthHref(from.slice(0, 7), scope) : hrefOf({ from, to }, scope);
}

/** The addresses of the periods before and after; null where nothing lies there. */
export function neighbors(
  { from, to, unit }: CostPeriod,
  years: { first: number; last: number } | null,
  scope: CostScope = {},
): { before: string | null; after: string | null } {
  if (!unit || !years) return { before: null, after: null };
  const last = addDays(from, -1);
  const next = addDays(to, 1);
  const href = (day: string) =>
    unit === 'year' ? yearHref(day.slice(0, 4), scope) : monthHref(day.slice(0, 7), scope);
  const isIn = (day: string) => Number(day.slice(0, 4)) >= years.first && Number(day.slice(0, 4)) <= years.last;
  return { before: isIn(last) ? href(last) : null, after: isIn(next) ? href(next) : null };
}

export function statementHref(
  format: 'csv' | 'pdf',
  { from, to }: Pick<CostPeriod, 'from' | 'to'>,
  scope: CostScope = {},
): string {
  return `/api/v1/user/costs/statement?${new URLSearchParams({ format, from, to, ...scope })}`;
}
