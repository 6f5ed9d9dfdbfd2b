/** Pushes: each is shown, leads to its page, and a subscription that the browser changes is told to the service. */
import { self } from '$app/service-worker';
import { renew } from '#lib/notifications/push-device.ts';
import { shownOf } from '#lib/notifications/pushed.ts';

export function listenForPushes(): void {
  self.addEventListener('push', (event) => event.waitUntil(show(event.data?.text() ?? null)));
  self.addEventListener('notificationclick', (event) => {
    event.notification.close();
    const { url } = (event.notification.data ?? {}) as { url?: string };
    event.waitUntil(open(url ?? self.registration.scope));
  });
  self.addEventListener('pushsubscriptionchange', (event) => {
    (event as ExtendableEvent).waitUntil(renew(self.registration));
  });
}

/** Also where a page is open: browsers count a push that shows nothing, and end the subscription after a few. */
async function show(payload: string | null): Promise<void> {
  const { title, options } = shownOf(payload, self.registration.scope);
  const renotify = !(await isShown(options.tag!, options.data.id));
  await self.registration.showNotification(title, { ...options, renotify } as NotificationOptions);
}

/** The same push again, as where a worker of ours stopped while it was sent, does not ring again. */
async function isShown(tag: string, id: string | null): Promise<boolean> {
  const shown = await self.registration.getNotifications({ tag });
  return shown.some(({ data }) => id !== null && (data as { id?: string } | null)?.id === id);
}

async function open(url: string): Promise<void> {
  const tabs = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const there = tabs.find((tab) => tab.url === url);
  await (there ? there.focus() : self.clients.openWindow(url));
}

/** Whoever is here next is not to read what is pushed to who was here before. */
export async function endSubscription(): Promise<void> {
  // Absent where the browser has no push.
  const manager = self.registration.pushManager as PushManager | undefined;
  await (await manager?.getSubscription())?.unsubscribe();
}
