/** Yes and no in an address. */
import { z } from 'zod';

export const queryFlag = z.enum(['true', 'false'], 'Give true or false.');

type Flag = z.output<typeof queryFlag>;
type WithFlags<Query, Name extends keyof Query> = Omit<Query, Name> & { [Key in Name]?: boolean };

/** With these read as yes or no, where they are given. */
export function withFlags<Name extends string, Query extends { [Key in Name]?: Flag | undefined }>(
  query: Query,
  ...names: Name[]
): WithFlags<Query, Name & keyof Query> {
  const flags = names.filter((name) => query[name] !== undefined).map((name) => [name, query[name] === 'true']);
  const rest = Object.entries(query).filter(([name]) => !names.includes(name as Name));
  return Object.fromEntries([...rest, ...flags]) as WithFlags<Query, Name & keyof Query>;
}
