import type { Page } from 'playwright';
import { expect, test } from 'vitest';
import type { Misbehaviour } from './server.ts';
import { password, rental, sendForm, setStage, waitForStatus } from './visitor.ts';

/**
 * The saved pages in tests/fixtures/portal/: what parsers are tried on, and what shows in a review how a change of the
 * stand-in changes its pages. `vitest -u` writes them anew.
 */
const few = [
  rental(1),
  rental(2, { name: 'Répétition <générale> & "プレミア"', price: '$1,234.50', studio: '', status: 'Completed' }),
  rental(3, { status: 'Canceled', price: '$0.00', location: '890 Broadway (Union Square)', studio: 'Studio 3' }),
  rental(4, { start: '11/2/2025 1:30 AM', end: '11/2/2025 3:00 AM' }),
];
const many = Array.from({ length: 51 }, (_, index) => rental(index));
const stage = setStage({
  users: [
    { username: 'few', password, rentals: few },
    { username: 'many', password, rentals: many },
    { username: 'none', password, rentals: [] },
  ],
});

async function save(page: Page, name: string): Promise<void> {
  await expect(await page.content()).toMatchFileSnapshot(`../fixtures/portal/${name}.html`);
}

async function list(username: string, faults: Misbehaviour[] = []): Promise<Page> {
  faults.forEach((fault) => stage.portal.control.misbehave(fault));
  const page = await stage.signedIn(username);
  await page.goto('/s/booking-item', { waitUntil: 'commit' });
  await waitForStatus(page, username === 'few' ? '4 items' : username === 'none' ? '0 items' : '50+ items');
  return page;
}

test('the list', async () => {
  await save(await list('few'), 'list');
});

test('the first batch of a longer list', async () => {
  await save(await list('many'), 'list-first-batch');
});

test('an empty list', async () => {
  await save(await list('none'), 'list-empty');
});

test('a list whose columns are in another order, with one more and other headers', async () => {
  const page = await list('few', [
    { kind: 'columnMoved', column: 'location', to: 1 },
    { kind: 'columnAdded', label: 'Invoice', at: 3, text: 'I-17' },
    { kind: 'headerVariant', style: 'spaces' },
  ]);
  await save(page, 'list-other-columns');
});

test('a list with rows that cannot be read', async () => {
  const page = await list('few', [
    { kind: 'unreadableDate', row: 0 },
    { kind: 'unreadablePrice', row: 1 },
    { kind: 'missingRecordId', row: 2 },
    { kind: 'narrowSpace' },
  ]);
  await save(page, 'list-unreadable-rows');
});

test('the sign-in page, as it comes and with a refusal', async () => {
  const page = await (await stage.visit()).newPage();
  await page.goto('/s/login', { waitUntil: 'commit' });
  await page.locator('button.loginButton').waitFor();
  await save(page, 'sign-in');
  await sendForm(page, 'few', 'wrong');
  await page.locator('.loginError:not(:empty)').waitFor();
  await page.locator('button.loginButton:enabled').waitFor();
  await save(page, 'sign-in-refused');
});

test('the pages that lead nowhere', async () => {
  const page = await stage.signedIn('few');
  await page.getByRole('heading').waitFor();
  await save(page, 'home');
  await page.goto('/s/nothing-here');
  await page.getByText('Invalid Page').waitFor();
  await save(page, 'invalid-page');
  await page.goto('/_ui/identity/verification/method/e');
  await save(page, 'verification');
  stage.portal.control.misbehave({ kind: 'maintenance' });
  await page.goto('/s/');
  await save(page, 'maintenance');
});
