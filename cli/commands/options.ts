/** Options that several commands have. */
import { InvalidArgumentError, Option } from 'commander';

export function jsonOption(text = 'as JSON, as the REST API gives it'): Option {
  return new Option('--json', text);
}

interface Bounds {
  least?: number;
  most?: number;
}

export function wholeNumber(flags: string, text: string, fallback?: number, bounds: Bounds = {}): Option {
  const { least = 0, most = 999_999 } = bounds;
  const option = new Option(flags, text).argParser((given) => {
    const number = /^\d{1,6}$/.test(given) ? Number(given) : NaN;
    if (number >= least && number <= most) return number;
    const [from, to] = [least > 0 ? ` from ${least}` : '', most < 999_999 ? ` to ${most}` : ''];
    throw new InvalidArgumentError(`Give a whole number${from}${to}${from && !to ? ' on' : ''}.`);
  });
  return fallback === undefined ? option : option.default(fallback);
}

/** None at all would say that there is nothing. */
export const limitOption = (fallback: number, text = 'how many at most', most?: number): Option =>
  wholeNumber('--limit <count>', text, fallback, { least: 1, ...(most !== undefined && { most }) });
