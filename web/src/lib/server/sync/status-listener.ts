/** Hears what the web goes by: syncs that changed, and sessions that are over. */
import { createListener } from '#db/listen.ts';
import type { Listener, ListenerOptions } from '#db/listen.ts';

export interface StatusListenerOptions extends Omit<ListenerOptions, 'channels' | 'onNotification'> {
  onStatusChanged(userId: string): void;
  /** A running sync got further. */
  onProgress(userId: string): void;
  /** @param id of a session or an API key that is over or may do less, or of a user whose address changed */
  onSessionEnded(id: string): void;
}

const ringChannel = 'sync_status';

export function createStatusListener(options: StatusListenerOptions): Listener {
  const { onStatusChanged, onProgress, onSessionEnded, ...rest } = options;
  const heard = { [ringChannel]: onStatusChanged, sync_progress: onProgress, session_ended: onSessionEnded };
  return createListener({
    ...rest,
    channels: Object.keys(heard),
    onNotification: (channel, payload) => heard[channel as keyof typeof heard](payload),
  });
}
