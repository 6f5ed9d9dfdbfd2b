/** Files that the service makes, as they come. */
import { Buffer } from 'node:buffer';
import type { Environment } from '../environment.ts';

/** Of a call with `parseAs: 'arrayBuffer'`: as text, a file would lose the mark by which spreadsheets know UTF-8. */
export function bytesOf(data: unknown): Buffer {
  return Buffer.from(data as ArrayBuffer);
}

export function printFile({ out }: Pick<Environment, 'out'>, data: unknown): void {
  out.write(bytesOf(data));
}
