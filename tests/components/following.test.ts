/** Pages that follow syncs: what they read again at the first word of the line. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import ChangesPage from '../../web/src/routes/(app)/changes/+page.svelte';
import JobPage from '../../web/src/routes/(app)/history/[id]/+page.svelte';
import { iso, job, minutes, now, running, status } from './support/fixtures.ts';
import { asked } from './support/navigation.ts';
import { playedServer, renderAt, type PlayedServer } from './support/render.ts';

let server: PlayedServer;
vi.mock('#lib/sync/sync-api.ts', () => ({ createSyncApi: () => server }));

beforeEach(() => {
  server = playedServer();
  asked.length = 0;
});

/** Shows the page, and lets the line say how things stand once it is there. */
async function follow(page: unknown, data: object, view = status()) {
  const subscribed = vi.spyOn(server, 'subscribe');
  renderAt(page as never, { data, form: null, params: {} } as never);
  await vi.waitFor(() => expect(subscribed).toHaveBeenCalled());
  server.send(view);
}

describe('the page of a sync that was open when it was loaded', () => {
  const open = job({ id: 'k', status: 'running', completedAt: null });
  const data = { job: open, level: null, logs: [], nextCursor: null, timeline: { steps: [] } };

  it('is read again where the sync has ended before the line was there', async () => {
    await follow(JobPage, data, status({}, { id: 'k' }));
    await vi.waitFor(() => expect(asked).toContain('app:syncs'));
  });

  it('stays as it is while the sync runs, until a phase ends', async () => {
    await follow(JobPage, data, running('reading', 50));
    server.send(running('reading', 100));
    expect(asked).toEqual([]);
    server.send(running('processing', 137, 137));
    await vi.waitFor(() => expect(asked).toContain('app:syncs'));
  });
});

it.each([
  ['after', 10, true],
  ['before', -10, false],
])('a list in a tab in the background is read again where a sync ended %s it was loaded', async (_case, by, reads) => {
  const data = { groups: [], isFirst: true, unseenChanges: 0, olderHref: null, renderedAt: now };
  await follow(ChangesPage, data, status({}, { completedAt: iso(now + minutes(by)) }));
  await vi.waitFor(() => expect(asked.includes('app:rentals')).toBe(reads));
});
