import type { Page } from '@playwright/test';

/** Making an account and signing in to it. */
export class AccountPage {
  private readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  async register(email: string, password: string): Promise<void> {
    await this.page.goto('/register');
    await this.fill(email, password);
    await this.page.getByRole('button', { name: 'Create account' }).click();
    await this.page.waitForURL('**/dashboard');
  }

  async signIn(email: string, password: string): Promise<void> {
    await this.page.goto('/sign-in');
    await this.fill(email, password);
    await this.page.getByRole('button', { name: 'Sign in' }).click();
    await this.page.waitForURL('**/dashboard');
  }

  async fill(email: string, password: string): Promise<void> {
    await this.page.getByLabel('E-mail').fill(email);
    await this.page.getByLabel('Password').fill(password);
  }
}
