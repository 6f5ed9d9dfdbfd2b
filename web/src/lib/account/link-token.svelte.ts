/**
 * The token of a mailed link. It stands behind the `#` of the address, so that no server, log or referrer sees it, and
 * is taken out of the address as soon as it is read.
 */
import { replaceState } from '$app/navigation';

/** The status of an answer to a link that was used already or is too old. */
export const spentLink = 410;

export function createLinkToken(): { readonly value: string | null; read(): void } {
  let value = $state<string | null>(null);
  return {
    get value() {
      return value;
    },
    /** To be called from an effect. Empty where the address has none. */
    read() {
      value = location.hash.slice(1);
      if (value) void replaceState(location.pathname, {});
    },
  };
}
