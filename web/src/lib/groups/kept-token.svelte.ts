/** The token of an invitation, kept in the tab while its visitor signs in. */
import { createLinkToken } from '#lib/account/link-token.svelte.ts';

const place = 'invitation';

export function createKeptToken(): { readonly value: string | null; read(): void } {
  const link = createLinkToken();
  let kept = $state<string | null>(null);
  return {
    get value() {
      return link.value || kept;
    },
    /** To be called from an effect. Empty where there is none. */
    read() {
      link.read();
      try {
        if (link.value) sessionStorage.setItem(place, link.value);
        kept = sessionStorage.getItem(place) ?? '';
      } catch {
        kept = ''; // a browser that keeps nothing: the link is opened once more
      }
    },
  };
}
