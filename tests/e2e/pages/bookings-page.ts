import { expect, type Locator, type Page } from '@playwright/test';

/** The pages of bookings as a person uses them. */
export class BookingsPage {
  readonly search: Locator;
  readonly month: Locator;
  private readonly page: Page;

  constructor(page: Page) {
    this.page = page;
    this.search = page.getByRole('searchbox', { name: 'Search rentals' });
    this.month = page.getByRole('table', { name: /^Rentals in / });
  }

  async open(path = ''): Promise<void> {
    await this.page.goto(`/bookings${path}`);
  }

  /** List, Week, Month or Totals. */
  async look(view: string): Promise<void> {
    const link = this.page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: view });
    await link.click();
    await expect(link).toHaveAttribute('aria-current', 'page');
  }

  get rows(): Locator {
    return this.page.locator('[data-record]');
  }

  row(recordId: string): Locator {
    return this.page.locator(`[data-record="${recordId}"]`);
  }

  async narrow(filter: string, value: string): Promise<void> {
    const details = this.page.locator('details');
    if ((await details.getAttribute('open')) === null) await details.locator('summary').click();
    await this.page.getByLabel(filter, { exact: true }).selectOption(value);
  }
}
