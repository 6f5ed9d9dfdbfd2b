/** Addresses that follow from HOST. Without libraries, for the supervisor too. */

/** True for a HOST that means every address of this machine, which nobody can open as such. */
export const isEveryAddress = (host: string): boolean => ['0.0.0.0', '::'].includes(host);

/** Where a browser on this machine finds what listens at `host`. */
export function webAddress(host: string, port: number): string {
  const name = isEveryAddress(host) ? '127.0.0.1' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}
