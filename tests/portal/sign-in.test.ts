import { describe, expect, test } from 'vitest';
import { messages } from './sign-in.ts';
import { sendForm, setStage, password } from './visitor.ts';

const stage = setStage({ lockAfter: 3, users: [{ username: 'ada', password, rentals: 3 }] });

describe('signing in to the stand-in portal', () => {
  test('every page leads to the sign-in page while signed out', async () => {
    const page = await (await stage.visit()).newPage();
    for (const path of ['/s/', '/s/booking-item', '/s/nothing-here']) {
      await page.goto(path, { waitUntil: 'commit' });
      expect(new URL(page.url()).pathname).toBe('/s/login');
    }
  });

  test('the form comes late and has no names', async () => {
    stage.portal.control.misbehave({ kind: 'hang', at: 'script', times: 2 });
    const page = await (await stage.visit()).newPage();
    await page.goto('/s/login', { waitUntil: 'commit' });
    await page.locator('.spinnerContainer').waitFor();
    expect(await page.locator('input').count()).toBe(0);
    await page.goto('/s/login', { waitUntil: 'commit' });
    await page.locator('input.inputBox[type=text][placeholder=Username]').waitFor();
    expect(await page.locator('input.inputBox[type=password][placeholder=Password]').count()).toBe(1);
    expect(await page.locator('input[name]').count()).toBe(0);
    expect(await page.locator('button.loginButton[type=button]').textContent()).toBe('Log in');
  });

  test('the page goes to /s/ by itself, and the cookies open the portal to a later browser', async () => {
    const page = await (await stage.visit()).newPage();
    await page.goto('/s/login', { waitUntil: 'commit' });
    await sendForm(page, 'ada');
    await page.waitForURL('**/s/', { waitUntil: 'commit' });
    const storageState = await page.context().storageState();
    const sid = storageState.cookies.find((cookie) => cookie.name === 'sid');
    expect(sid).toMatchObject({ httpOnly: true });
    await page.context().close();
    const later = await stage.browser.newContext({ baseURL: stage.portal.url, storageState });
    const list = await later.newPage();
    await list.goto('/s/booking-item', { waitUntil: 'commit' });
    await list.locator('tbody tr').first().waitFor();
    await later.close();
    expect(stage.portal.control.counters('ada')).toMatchObject({ goodLogins: 1, listLoads: 1 });
  });

  test('sessions that are ended open nothing', async () => {
    const page = await stage.signedIn('ada');
    stage.portal.control.endSessions('ada');
    expect(stage.portal.control.counters('ada')).toMatchObject({ sessionsNow: 0, sessionsMax: 1 });
    await page.goto('/s/', { waitUntil: 'commit' });
    expect(new URL(page.url()).pathname).toBe('/s/login');
  });

  test('wrong passwords are said in place, and the third locks the account', async () => {
    const page = await (await stage.visit()).newPage();
    await page.goto('/s/login', { waitUntil: 'commit' });
    const message = page.locator('.loginError');
    for (const expected of [messages.wrong, messages.wrong, messages.locked, messages.locked]) {
      const answered = page.waitForResponse('**/s/sfsites/aura*');
      await sendForm(page, 'ada', expected === messages.locked ? password.slice(1) : 'wrong');
      await answered;
      await message.filter({ hasText: expected }).waitFor();
      expect(new URL(page.url()).pathname).toBe('/s/login');
    }
    await sendForm(page, 'ada');
    await message.filter({ hasText: messages.locked }).waitFor();
    stage.portal.control.unlock('ada');
    await sendForm(page, 'ada');
    await page.waitForURL('**/s/', { waitUntil: 'commit' });
    expect(stage.portal.control.counters('ada')).toMatchObject({ badLogins: 5, goodLogins: 1 });
  });

  test('a verification code is asked for outside of /s/', async () => {
    stage.portal.control.misbehave({ kind: 'verification', user: 'ada' });
    const page = await (await stage.visit()).newPage();
    await page.goto('/s/login', { waitUntil: 'commit' });
    await sendForm(page, 'ada');
    await page.waitForURL('**/_ui/identity/verification/**');
    expect(await page.getByRole('heading').textContent()).toBe('Verify Your Identity');
    expect(stage.portal.control.counters('ada').sessionsNow).toBe(0);
  });

  test.each([
    [{ kind: 'wrongCredentials' } as const, messages.wrong],
    [{ kind: 'accountLocked' } as const, messages.locked],
    [{ kind: 'loginMessage', text: 'Your password has expired.' } as const, 'Your password has expired.'],
  ])('%o is said although the password is right', async (fault, text) => {
    stage.portal.control.misbehave({ ...fault, times: 1 });
    const page = await (await stage.visit()).newPage();
    await page.goto('/s/login', { waitUntil: 'commit' });
    await sendForm(page, 'ada');
    await page.locator('.loginError').filter({ hasText: text }).waitFor();
    await sendForm(page, 'ada');
    await page.waitForURL('**/s/', { waitUntil: 'commit' });
  });

  test('a sign-in request that fails shows nothing and can be sent again', async () => {
    stage.portal.control.misbehave({ kind: 'serverError', at: 'sign-in', times: 1 });
    const page = await (await stage.visit()).newPage();
    await page.goto('/s/login', { waitUntil: 'commit' });
    const answered = page.waitForResponse((response) => response.status() === 500);
    await sendForm(page, 'ada');
    await answered;
    await page.locator('button.loginButton:enabled').waitFor();
    expect(await page.locator('.loginError').textContent()).toBe('');
    await sendForm(page, 'ada');
    await page.waitForURL('**/s/', { waitUntil: 'commit' });
  });

  test('a page that is not there shows the navigation and says so', async () => {
    const page = await stage.signedIn('ada');
    for (const path of ['/s/nothing-here', '/s/booking-item/Booking_Item__c/00B000000000000AAA']) {
      await page.goto(path, { waitUntil: 'commit' });
      await page.getByText('Invalid Page').waitFor();
      expect(await page.getByRole('link', { name: 'My Rentals' }).count()).toBe(1);
    }
  });

  test('signing out ends the session', async () => {
    const page = await stage.signedIn('ada');
    await page.getByRole('link', { name: 'Log out' }).click({ noWaitAfter: true });
    await page.waitForURL('**/s/login');
    expect(stage.portal.control.counters('ada').sessionsNow).toBe(0);
  });
});
