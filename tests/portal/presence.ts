import type { Socket } from 'node:net';

interface Tab {
  user: string;
  sockets: Set<Socket>;
  polls: number;
  polled: boolean;
}

/**
 * Knows which signed-in browser tabs are open. A tab names itself in each of its requests. It is open while its
 * long-poll is; where the visitor blocks that one, while a connection is open that the tab has used.
 */
export class Presence {
  #tabs = new Map<string, Tab>();
  #onChange: (user: string) => void;

  constructor(onChange: (user: string) => void) {
    this.#onChange = onChange;
  }

  open(user: string | null): number {
    return [...this.#tabs.values()].filter((tab) => isOpen(tab) && (user === null || tab.user === user)).length;
  }

  /** A request of a tab that came by this connection. */
  seen(id: string, user: string, socket: Socket): void {
    const tab = this.#tab(id, user);
    if (!tab.sockets.has(socket)) {
      tab.sockets.add(socket);
      socket.once('close', () => {
        tab.sockets.delete(socket);
        this.#changed(id, tab);
      });
    }
    this.#changed(id, tab);
  }

  /** The tab's long-poll began; the answer is to be called when it ends. */
  polling(id: string, user: string): () => void {
    const tab = this.#tab(id, user);
    tab.polls += 1;
    tab.polled = true;
    this.#changed(id, tab);
    return () => {
      tab.polls -= 1;
      this.#changed(id, tab);
    };
  }

  #tab(id: string, user: string): Tab {
    const tab = this.#tabs.get(id) ?? { user, sockets: new Set(), polls: 0, polled: false };
    tab.user = user;
    this.#tabs.set(id, tab);
    return tab;
  }

  #changed(id: string, tab: Tab): void {
    if (tab.polls === 0 && tab.sockets.size === 0) this.#tabs.delete(id);
    this.#onChange(tab.user);
  }
}

function isOpen(tab: Tab): boolean {
  return tab.polled ? tab.polls > 0 : tab.sockets.size > 0;
}
