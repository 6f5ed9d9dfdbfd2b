/** The page of settings: what it shows of a sign-in that is tried, and of the line to the server. */
import { fireEvent, screen, waitFor } from '@testing-library/svelte';
import { beforeEach, expect, it, vi } from 'vitest';
import SettingsPage from '../../web/src/routes/(app)/settings/+page.svelte';
import { changingProps } from './support/changing-props.svelte.ts';
import { failed, iso, now, pending, status } from './support/fixtures.ts';
import { answerWith, success } from './support/forms.ts';
import { playedServer, renderAt, type PlayedServer } from './support/render.ts';

let server: PlayedServer;
vi.mock('#lib/sync/sync-api.ts', () => ({ createSyncApi: () => server }));

beforeEach(() => {
  server = playedServer();
  answerWith(success());
});

const settings = { intervalMinutes: 120, quietFrom: null, quietTo: null, timeZone: 'America/New_York' };
const data = {
  status: status(),
  portalAccount: { username: 'ana', trialUsername: null, updatedAt: iso(now), pausedReason: null },
  settings: { ...settings, closerBeforeRentals: false },
  schedule: { pausedUntil: null, againAt: null, syncs: [] },
  jobs: [],
};
const show = (given: object = {}) => {
  const props = changingProps({ data: { ...data, ...given }, form: null as object | null, params: {} });
  renderAt(SettingsPage, props as never);
  return props;
};
const username = () => screen.getByLabelText<HTMLInputElement>('Gibney username');
const password = () => screen.getByLabelText<HTMLInputElement>('Gibney password');
const state = () => screen.getByRole('region', { name: 'Pause' }).textContent;

it('a new sign-in that Gibney refuses need not be typed again from the start', async () => {
  const props = show();
  await fireEvent.input(username(), { target: { value: 'ben' } });
  await fireEvent.input(password(), { target: { value: 'wrong' } });
  await fireEvent.click(screen.getByRole('button', { name: 'Test and save' }));
  props.form = { done: 'connect', triedUsername: 'ben' };
  server.send(pending());
  await waitFor(() => expect([username().value, password().value]).toEqual(['ben', '']));
  server.send(failed('invalid_credentials'));
  await waitFor(() => expect(document.activeElement).toBe(password()));
  const said = document.getElementById(password().getAttribute('aria-describedby')!.split(' ')[0]!);
  expect(said?.textContent).toContain('The new sign-in was not saved.');
  expect(username().value).toBe('ben');
});

it('does not call itself up to date where the line to the server broke', async () => {
  show();
  expect(state()).toContain('Up to date');
  server.line(false);
  await waitFor(() => expect(state()).toContain('Not live'));
  expect(state()).not.toContain('Up to date');
});
