/** Why a browser cannot be told by push, in the words that its owner needs. */

export interface BrowserTraits {
  isSecure: boolean;
  hasPush: boolean;
  /** An iPhone or iPad, which has push only for apps on the Home Screen. */
  isApple: boolean;
  isInstalled: boolean;
  permission: NotificationPermission | null;
}

export function browserTraits(): BrowserTraits {
  const { userAgent, maxTouchPoints } = navigator;
  return {
    isSecure: isSecureContext,
    hasPush: 'serviceWorker' in navigator && 'PushManager' in globalThis && 'Notification' in globalThis,
    // An iPad says that it is a Mac, and no Mac has a screen to touch.
    isApple: /iPhone|iPad|iPod/.test(userAgent) || (userAgent.includes('Macintosh') && maxTouchPoints > 1),
    isInstalled:
      matchMedia('(display-mode: standalone)').matches || (navigator as { standalone?: boolean }).standalone === true,
    permission: 'Notification' in globalThis ? Notification.permission : null,
  };
}

/** Null where nothing is in the way. */
export function pushObstacle({ isSecure, hasPush, isApple, isInstalled, permission }: BrowserTraits): string | null {
  if (isApple && !isInstalled)
    return 'On an iPhone or iPad, notifications come only to apps on the Home Screen. In Safari, tap Share, then Add to Home Screen. Open the app from there and come back to this page.';
  if (!isSecure) return 'Notifications need an address that begins with https://.';
  if (!hasPush) return 'This browser has no notifications for websites. Try another one, or choose e-mail.';
  if (permission === 'denied')
    return 'This browser blocks notifications from this site. Allow them in its settings for this site (the sign beside the address; for an app, in the settings of the phone), then open this page again.';
  return null;
}
