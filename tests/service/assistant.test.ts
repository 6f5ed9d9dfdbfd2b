/** An assistant at the service as `npm start` brings it up: a second program that only knows an address and a key. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectControl } from '../portal/control-client.ts';
import { startStack } from '../support/stack.ts';
import type { Stack } from '../support/stack.ts';
import { connectAssistant } from '../web/support/assistant.ts';
import { registerUser } from './client.ts';

let stack: Stack;

beforeAll(async () => {
  stack = await startStack();
}, 300_000);
afterAll(() => stack.stop(), 60_000);

it('syncs with live progress, and then names the next rental', { timeout: 120_000 }, async () => {
  const username = 'assisted@example.com';
  const portal = connectControl(stack.portalUrl);
  await portal.addUser({ username, password: 'entrechat', rentals: 137 });
  const user = await registerUser(stack.url);
  await user.connect(username, 'entrechat');
  await user.finished();
  const { body } = await user.call<{ key: string }>('POST', '/user/api-keys', { name: 'assistant', scopes: ['sync'] });
  const { client, use } = await connectAssistant(stack.url, body.key);

  const said: string[] = [];
  const { structuredContent } = await client.callTool(
    { name: 'sync_now', arguments: { wait_seconds: 100 } },
    { onprogress: ({ message }) => said.push(message!), timeout: 110_000 },
  );
  expect(structuredContent).toMatchObject({
    joined: false,
    finished: true,
    job: { status: 'completed', bookings_synced: 137, triggered_manually: true },
  });
  expect(said.at(-1)).toBe('Successfully synced 137 bookings');
  const listed = await use('list_rentals', { limit: 1 });
  expect(listed.data).toMatchObject({
    total: 137,
    bookings: [{ when: expect.stringMatching(/New York time$/) as string }],
  });
  expect((await use('sync_status')).data).toMatchObject({ state: 'sleeping', live: true });
});
