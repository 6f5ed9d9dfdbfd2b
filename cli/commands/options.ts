/** Options that several commands have. */
import { InvalidArgumentError, Option } from 'commander';

export function jsonOption(text = 'as JSON, as the REST API gives it'): Option {
  return new Option('--json', text);
}

export function wholeNumber(flags: string, text: string, fallback?: number): Option {
  const option = new Option(flags, text).argParser((given) => {
    if (/^\d{1,6}$/.test(given)) return Number(given);
    throw new InvalidArgumentError('Give a whole number.');
  });
  return fallback === undefined ? option : option.default(fallback);
}
