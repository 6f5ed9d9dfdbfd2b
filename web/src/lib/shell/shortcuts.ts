/** Keys that go somewhere or do something, wherever nothing is being typed. */
export interface Shortcut {
  /** One key, or two that are pressed one after the other. */
  keys: string;
  label: string;
  href?: string;
}

export const shortcuts: Shortcut[] = [
  { keys: 's', label: 'Sync now' },
  { keys: '?', label: 'Show these shortcuts' },
  { keys: 'g r', label: 'Go to the dashboard', href: '/dashboard' },
  { keys: 'g b', label: 'Go to your rentals', href: '/bookings' },
  { keys: 'g c', label: 'Go to the changes', href: '/changes' },
  { keys: 'g k', label: 'Go to the calendar', href: '/calendar' },
  { keys: 'g h', label: 'Go to the syncs', href: '/history' },
  { keys: 'g s', label: 'Go to the settings', href: '/settings' },
];

/** How long the first key of two waits for the second. */
const pairMs = 1_500;

/** Takes key presses and calls back with each shortcut that they make. */
export function createKeyReader(onShortcut: (shortcut: Shortcut) => void): (event: KeyboardEvent) => void {
  let first: { key: string; at: number } | null = null;
  return (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const waiting = first && event.timeStamp - first.at < pairMs ? first.key : null;
    first = null;
    const keys = waiting ? `${waiting} ${event.key}` : event.key;
    const found = shortcuts.find((shortcut) => shortcut.keys === keys);
    if (found) {
      event.preventDefault();
      onShortcut(found);
    } else if (shortcuts.some((shortcut) => shortcut.keys.startsWith(`${event.key} `))) {
      first = { key: event.key, at: event.timeStamp };
    }
  };
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  const dialog = target.closest('dialog');
  // The focus leaves a dialog a moment after it was closed.
  if (dialog) return dialog.open;
  return target.isContentEditable || target.closest('input, textarea, select, [role="textbox"]') !== null;
}

const offKey = 'shortcuts';

/** Whoever speaks to their computer may not want single letters to do things. */
export function shortcutsAreOn(): boolean {
  try {
    return localStorage.getItem(offKey) !== 'off';
  } catch {
    // Some browsers keep nothing for the page: then they are on, as at first.
    return true;
  }
}

export function switchShortcuts(on: boolean): void {
  try {
    if (on) localStorage.removeItem(offKey);
    else localStorage.setItem(offKey, 'off');
  } catch {
    // Not kept: the choice holds until the page is left.
  }
}
