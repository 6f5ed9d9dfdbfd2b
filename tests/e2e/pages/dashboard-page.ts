import { expect, type Locator, type Page } from '@playwright/test';

/** The dashboard as a person uses it. */
export class DashboardPage {
  readonly panel: Locator;
  readonly syncNow: Locator;
  readonly cancel: Locator;
  readonly next: Locator;
  readonly changes: Locator;
  /** What became of coming rentals that the dancer counts on. */
  readonly urgent: Locator;
  private readonly page: Page;

  constructor(page: Page) {
    this.page = page;
    this.panel = page.getByRole('region', { name: 'Sync with Gibney' });
    this.syncNow = page.getByRole('button', { name: 'Sync Now' });
    this.cancel = page.getByRole('button', { name: 'Cancel this sync' });
    this.next = page.getByRole('region', { name: 'Next rental' });
    this.urgent = page.getByRole('region', { name: 'Changed at Gibney' });
    this.changes = page.getByRole('region', { name: 'What changed' });
  }

  async open(): Promise<void> {
    await this.page.goto('/dashboard');
  }

  async connect(username: string, password: string): Promise<void> {
    await this.page.getByLabel('Gibney username').fill(username);
    await this.page.getByLabel('Gibney password').fill(password);
    await this.page.getByRole('button', { name: 'Connect and sync' }).click();
  }

  /** The row of one rental, in the coming days or in the past list. */
  row(recordId: string): Locator {
    return this.page.locator(`[data-record="${recordId}"]`);
  }

  get rows(): Locator {
    return this.page.locator('[data-record]');
  }

  async showEarlier(): Promise<void> {
    await this.page.getByRole('link', { name: /past and canceled/ }).click();
    await expect(this.page.getByRole('heading', { name: 'Past and canceled' })).toBeVisible();
  }

  /** Collects each text that the progress shows, from now on. */
  async watchPhases(): Promise<() => Promise<string[]>> {
    await this.page.evaluate(() => {
      const seen: string[] = [];
      const look = () => {
        const text = document.querySelector('.progress .text')?.textContent;
        if (text && seen.at(-1) !== text) seen.push(text);
      };
      look();
      new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
      Object.assign(window, { seenPhases: seen });
    });
    return () => this.page.evaluate(() => (window as unknown as { seenPhases: string[] }).seenPhases);
  }

  async untilSynced(count: number): Promise<void> {
    const rentals = count === 1 ? '1 booking' : `${count} bookings`;
    await expect(this.panel.locator('.words')).toContainText(`Successfully synced ${rentals}`, { timeout: 30_000 });
    await expect(this.syncNow).toBeVisible();
  }
}
