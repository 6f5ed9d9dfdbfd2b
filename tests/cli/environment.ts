/** Where a command runs, without a process of its own. */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { inject } from 'vitest';
import { environmentOf } from '#cli/environment.ts';
import type { Environment } from '#cli/environment.ts';

export interface Place {
  environment: Environment;
  /** What is typed or piped in. */
  input: PassThrough;
  /** What was written, to stdout and stderr alike. */
  said: string[];
}

export function newPlace(over: Partial<Environment> = {}, isTTY = false): Place {
  const said: string[] = [];
  const write = (text: string) => said.push(text);
  const input = Object.assign(new PassThrough(), { isTTY });
  const environment = {
    ...environmentOf(process),
    ...{ url: null, key: null, hostname: 'barre' },
    loginPath: join(mkdtempSync(join(inject('services').folder, 'home-')), 'login.json'),
    ...over,
    ...({ out: { write }, err: { write }, input } as unknown as Pick<Environment, 'out' | 'err' | 'input'>),
  };
  return { environment, input, said };
}
