/** What a push says, for browsers that leave it to us to show. */

export interface Shown {
  title: string;
  options: NotificationOptions & { timestamp?: number; renotify?: boolean; data: { id: string | null; url: string } };
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** Something is shown whatever came: browsers end a subscription whose pushes show nothing. */
export function shownOf(payload: string | null, scope: string): Shown {
  const said = notificationIn(payload);
  const url = new URL(text(said.navigate) ?? '/changes', scope);
  const data = said.data as { id?: unknown } | undefined;
  return {
    title: text(said.title) ?? 'Your rentals changed',
    options: {
      body: text(said.body) ?? '',
      tag: text(said.tag) ?? 'rentals',
      ...(said.dir === 'ltr' && { dir: said.dir }),
      ...{ lang: text(said.lang) ?? 'en-US', icon: new URL('/icons/icon-192.png', scope).href },
      ...(typeof said.timestamp === 'number' && { timestamp: said.timestamp }),
      // A push is from us, and yet leads to no other site.
      data: { id: text(data?.id) ?? null, url: (url.origin === new URL(scope).origin ? url : new URL(scope)).href },
    },
  };
}

function notificationIn(payload: string | null): Record<string, unknown> {
  try {
    const { notification } = JSON.parse(payload ?? '') as { notification?: Record<string, unknown> };
    return notification ?? {};
  } catch {
    return {}; // what cannot be read is shown as such
  }
}
