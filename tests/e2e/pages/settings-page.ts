import type { Locator, Page } from '@playwright/test';

/** The settings and the calendar page as a person uses them. */
export class SettingsPage {
  readonly toasts: Locator;
  private readonly page: Page;

  constructor(page: Page) {
    this.page = page;
    this.toasts = page.locator('.toaster');
  }

  async open(part: '' | 'account' | 'devices' | 'keys' = ''): Promise<void> {
    await this.page.goto(`/settings/${part}`);
    await this.ready();
  }

  async openCalendar(): Promise<void> {
    await this.page.goto('/calendar');
    await this.ready();
  }

  /** Waits until the page's script runs, and with it the keys: only the script marks the body so. */
  async ready(): Promise<void> {
    await this.page.locator('body[data-sveltekit-reload]').waitFor();
  }

  /** One calendar of the calendar page. */
  calendar(name: string): Locator {
    return this.page.getByRole('region', { name, exact: true });
  }

  /** Resolves with the key. `scope` as the form words it. */
  async makeKey(name: string, scope: string): Promise<string> {
    await this.page.getByLabel('What it is for').fill(name);
    await this.page.getByRole('radio', { name: scope }).check();
    await this.page.getByRole('button', { name: 'Create key' }).click();
    return this.page.getByLabel('Key', { exact: true }).inputValue();
  }
}
