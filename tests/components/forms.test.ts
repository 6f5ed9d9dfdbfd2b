/** What becomes of a form, and of what was typed into it, once it is sent. */
import { fireEvent, screen, waitFor } from '@testing-library/svelte';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ComponentProps } from 'svelte';
import type { GuestSheetView } from '#domain/shapes/call-sheets.ts';
import type { GroupDetailView } from '#domain/shapes/groups.ts';
import GuestSheet from '#lib/call-sheets/guest-sheet.svelte';
import { actionHref } from '#lib/forms/action-href.ts';
import GroupPeople from '#lib/groups/group-people.svelte';
import TwoFactor from '#lib/settings/two-factor.svelte';
import KeysPage from '../../web/src/routes/(app)/settings/keys/+page.svelte';
import { booking, iso, minutes, now } from './support/fixtures.ts';
import { changingProps } from './support/changing-props.svelte.ts';
import { answerWith, noAnswer, settled, success, updates } from './support/forms.ts';
import { renderAt } from './support/render.ts';

const group: GroupDetailView = {
  ...{ id: 'g', name: 'Winter company', payer: '', role: 'owner', ownerName: 'Ana', createdAt: iso(now) },
  ...{ rentals: 0, upcoming: 0, members: 0, memberList: [], invitations: [], rules: [] },
};
const people = { group, inviting: null, people: null, invited: null };

const field = (label: string) => screen.getByLabelText<HTMLInputElement>(label);
const radio = (name: RegExp) => screen.getByRole<HTMLInputElement>('radio', { name });
const button = (name: string | RegExp) => screen.getByRole<HTMLButtonElement>('button', { name });

const typeEmail = () => fireEvent.input(field('Invite by e-mail'), { target: { value: 'ben@example.test' } });

/** Sends a form, and waits until its answer was taken. */
async function send(name: string | RegExp) {
  const sent = button(name);
  sent.focus();
  await fireEvent.click(sent);
  await waitFor(() => expect(settled).toBe(true));
}

beforeEach(() => answerWith(success()));

describe('a choice that a form begins with', () => {
  it('is made again once it was sent: who is invited next', async () => {
    renderAt(GroupPeople, people);
    await typeEmail();
    await fireEvent.click(radio(/editor/));
    await send('Send invitation');
    expect([radio(/viewer/).checked, radio(/editor/).checked]).toEqual([true, false]);
  });

  it('is made again once it was sent: the next key', async () => {
    renderAt(KeysPage, { data: { keys: [], user: null }, form: null, params: {} } as never);
    await fireEvent.input(field('What it is for'), { target: { value: 'a script' } });
    await fireEvent.click(radio(/Everything/));
    await send('Create key');
    expect([radio(/^Read rentals/).checked, radio(/Everything/).checked]).toEqual([true, false]);
  });

  it('is asked for where none came', () => {
    const fields = { role: ['Choose editor or viewer.'] };
    renderAt(GroupPeople, { ...people, inviting: { form: 'invite', message: 'Wrong.', fields, values: {} } });
    expect(screen.getByText('Choose editor or viewer.')).toBeDefined();
  });
});

describe('where our server did not answer', () => {
  it('a form keeps what was typed, and says so until it is sent again', async () => {
    renderAt(GroupPeople, people);
    await typeEmail();
    answerWith(noAnswer);
    await send('Send invitation');
    expect(updates).toBe(0);
    expect(field('Invite by e-mail').value).toBe('ben@example.test');
    const words = 'We could not reach the server. What you typed is still here; try again.';
    expect(screen.getByText(words)).toBeDefined();
    answerWith(success());
    await send('Send invitation');
    expect(updates).toBe(1);
    expect(screen.queryByText(words)).toBeNull();
  });

  it('speaks of nothing typed where there is only a button', async () => {
    const invitations = [{ id: 'i', email: 'ben@example.test', role: 'viewer' as const, expiresAt: iso(now) }];
    renderAt(GroupPeople, { ...people, group: { ...group, invitations } });
    answerWith(noAnswer);
    await send(/^Take back/);
    expect(screen.getByText('We could not reach the server. Try again.')).toBeDefined();
  });

  it('its own error is still shown as the page of errors', async () => {
    renderAt(GroupPeople, people);
    await typeEmail();
    answerWith({ type: 'error', status: 500, error: { status: 500, message: 'Internal Error' } });
    await send('Send invitation');
    expect(updates).toBe(1);
  });

  it('a guest keeps their answers', async () => {
    const { id: bookingId, ...rental } = booking();
    const sheet = {
      ...{ title: 'Rehearsals', note: '', hostName: 'Ana', namesShown: true, leftOut: {}, myName: null },
      ...{ calendarUrl: 'https://gibney.test/call/x.ics', expiresAt: iso(now), syncedAt: iso(now - minutes(4)) },
      rentals: [
        {
          ...{ ...rental, bookingId, fate: 'stands', was: null, counts: { yes: 0, maybe: 0, no: 0 } },
          ...{ names: [], mine: null, asks: true, seen: 's' },
        },
      ],
    } as unknown as GuestSheetView;
    renderAt(GuestSheet, { sheet, deskPhone: undefined, form: null, missed: 0 });
    await fireEvent.input(field('Your name'), { target: { value: 'Ben' } });
    answerWith(noAnswer);
    await send('Send my answers');
    expect(updates).toBe(0);
    expect(field('Your name').value).toBe('Ben');
    expect(document.body.textContent).toContain('What you typed is still here; try again.');
  });
});

it.each([
  ['', '?/budget'],
  ['year=2025', '?/budget&year=2025'],
  ['past=&cursor=a%2Bb', '?/budget&past=&cursor=a%2Bb'],
  ['/budget=&month=2025-11', '?/budget&month=2025-11'],
])('an action leads back to what is shown: ?%s', (query, href) => {
  expect(actionHref('budget', new URLSearchParams(query))).toBe(href);
});

it('a key of two-factor sign-in that was turned on is not shown again after it is turned off', async () => {
  const setup = { secret: 'OLDKEY', uri: 'otpauth://x', qr: { size: 1, path: 'M0 0' } } as never;
  const props = changingProps<ComponentProps<typeof TwoFactor>>({
    ...{ enabledAt: null, recoveryCodesLeft: 0, form: null, setup, recoveryCodes: [] },
  });
  renderAt(TwoFactor, props);
  props.setup = null;
  await waitFor(() => expect(screen.getByDisplayValue('OLDKEY')).toBeDefined());
  props.enabledAt = iso(now);
  await waitFor(() => expect(screen.queryByDisplayValue('OLDKEY')).toBeNull());
  props.enabledAt = null;
  await waitFor(() => expect(button('Set it up')).toBeDefined());
  expect(screen.queryByDisplayValue('OLDKEY')).toBeNull();
});

it('the button has the focus again once its form was answered', async () => {
  renderAt(GroupPeople, people);
  await typeEmail();
  await send('Send invitation');
  expect(document.activeElement).toBe(button('Send invitation'));
});
