/** The forms of signing up and in, filled as a person does it. */
import { randomUUID } from 'node:crypto';
import type { Page } from '@playwright/test';

export interface NewAccount {
  email: string;
  password: string;
  organization: string;
}

export function newAccount(): NewAccount {
  const mark = randomUUID().slice(0, 8);
  return {
    email: `founder.${mark}@test.example`,
    password: `Lighthouse-${mark}`,
    organization: `Harbour ${mark}`,
  };
}

export async function signUp(page: Page, { email, password, organization }: NewAccount): Promise<void> {
  await page.goto('/sign-up');
  await page.getByLabel('First name').fill('Nora');
  await page.getByLabel('Last name').fill('Founder');
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByLabel('Organisation', { exact: true }).fill(organization);
  await page.getByRole('button', { name: 'Create account' }).click();
}

export async function signIn(page: Page, email: string, password: string): Promise<void> {
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}
