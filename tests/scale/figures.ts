/** What a run has found: figures for people, and what must hold. */

export interface Finding {
  what: string;
  value: string;
}

export interface Check {
  what: string;
  /** What speaks against it; none where it holds. */
  problems: string[];
}

export interface PartResult {
  title: string;
  findings: Finding[];
  checks: Check[];
}

const digits = (value: number) => (Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2);

export function number(value: number): string {
  const exactly = Number.isInteger(value) ? 0 : digits(value);
  return value.toLocaleString('en-US', { minimumFractionDigits: exactly, maximumFractionDigits: exactly });
}

export const seconds = (ms: number): string => `${number(ms / 1_000)} s`;
export const kilobytes = (bytes: number): string => `${number(bytes / 1_000)} kB`;

/** The words of the values below which half of them lie, 99 % lie, and all. */
export function spreadOf(values: number[]): string {
  if (values.length === 0) return 'none';
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
  return `p50 ${seconds(at(0.5))}, p99 ${seconds(at(0.99))}, slowest ${seconds(sorted.at(-1)!)}`;
}

export const holds = (what: string, problems: string[]): Check => ({ what, problems });
