/** The whole journey as a screen reader tells it. */
import { expect, test } from './pages/fixtures.ts';
import { wallClock } from './pages/wall-clock.ts';

test('the journey is told in words: connect, refused, synced, the list, the changes, the calendar', async ({
  page,
  portal,
  dancer,
  account,
  dashboard,
}) => {
  await portal.addUser({ username: dancer.username, password: dancer.portalPassword, rentals: 0 });
  for (const days of [1, 3])
    await portal.addRental(dancer.username, {
      start: wallClock(days, 5),
      end: wallClock(days, 7),
      studio: 'Studio A',
      location: '280 Broadway (Lower Manhattan)',
      status: 'Approved',
    });
  await account.register(dancer.email, dancer.password);
  const main = page.getByRole('main');
  await expect(main).toMatchAriaSnapshot(`
    - main:
      - 'region "First steps: 2 of 4, Gibney"':
        - list:
          - listitem: Account , done
          - listitem: Gibney
          - listitem: First sync
          - listitem: Calendar
        - button "Hide the first steps"
      - region "Connect Gibney.":
        - heading "Connect Gibney." [level=1]
        - textbox "Gibney username"
        - textbox "Gibney password"
        - button "Connect and sync"
  `);

  await dashboard.connect(dancer.username, 'not this one');
  await expect(main).toMatchAriaSnapshot(`
    - main:
      - region "Gibney said no.":
        - heading "Gibney said no." [level=1]
        - paragraph: /It did not accept this username and password\\./
        - textbox "Gibney username"
        - textbox "Gibney password" [active]
        - button "Connect and sync"
  `);

  await page.getByLabel('Gibney password').fill(dancer.portalPassword);
  await page.getByRole('button', { name: 'Connect and sync' }).click();
  await dashboard.untilSynced(2);
  await expect(main).toMatchAriaSnapshot(`
    - main:
      - 'region "First steps: 4 of 4, Calendar"'
      - region "Next rental":
        - heading "Next rental" [level=1]
        - paragraph: /in \\d+ .+/
        - paragraph:
          - time
      - region "Sync with Gibney":
        - paragraph:
          - text: Up to date
          - time: /Synced .+/
          - text: · next
          - time
        - group "Sync":
          - button "Sync Now"
        - paragraph:
          - strong: Successfully synced 2 bookings
        - status: Successfully synced 2 bookings
      - region "Coming days 2 rentals":
        - table "Upcoming rentals by day, New York time"
      - region "What changed":
        - list:
          - listitem:
            - link /5:00 – 7:00 PM, Studio A/
            - text: new
      - region "Last syncs"
  `);

  await page.getByRole('link', { name: 'Rentals', exact: true }).click();
  await expect(main).toMatchAriaSnapshot(`
    - main:
      - heading "Rentals" [level=1]
      - navigation "Views":
        - link "List"
        - link "Week"
        - link "Month"
        - link "Totals"
      - search:
        - searchbox "Search rentals"
      - table "Upcoming rentals by day, New York time":
        - rowgroup:
          - row "Time Studio and address Price Status and rental"
        - rowgroup /^Tomorrow, /:
          - row /^Tomorrow, /:
            - rowheader /^Tomorrow, /
          - row:
            - cell "5:00 – 7:00 PM"
            - cell /Studio A.*280 Broadway, Lower Manhattan/
            - cell
            - cell /Approved .*on Gibney in a new tab/
  `);
  await page
    .getByRole('navigation', { name: 'Your account' })
    .getByRole('link', { name: /^Changes/ })
    .click();
  await expect(main).toMatchAriaSnapshot(`
    - main:
      - heading "What changed" [level=1]
      - region /[AP]M$/:
        - heading /[AP]M$/ [level=2]
        - paragraph:
          - text: /2 new/
          - link "the sync"
  `);
  await page.getByRole('link', { name: 'Calendar', exact: true }).click();
  await expect(main).toMatchAriaSnapshot(`
    - main:
      - 'region "First steps: 4 of 4, Calendar"':
        - button "Done, show my rentals"
      - heading "In your calendar" [level=1]
      - region "Another calendar"
  `);
});
