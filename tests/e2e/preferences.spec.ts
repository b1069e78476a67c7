import { expect, test } from './support/test.ts';
import { expectLive, openAs, toast } from './support/pages.ts';
import { createTeam, product } from './support/team.ts';

test('a setting is changed, refused and taken back to its default without JavaScript', async ({
  browser,
}) => {
  const team = await createTeam({ Ada: 'admin' });
  const ada = await openAs(browser, team.people.Ada, `/${team.slug}/settings/preferences`, {
    javaScriptEnabled: false,
  });
  const days = ada.getByRole('textbox', { name: 'Days in the trash' });
  const trash = ada.getByRole('region', { name: 'Trash' });
  await expect(days).toHaveValue('30');

  await days.fill('366');
  await trash.getByRole('button', { name: 'Save' }).click();
  await expect(days).toHaveAccessibleDescription(/A whole number between 1 and 365\./);
  await expect(days, 'what was typed is still there').toHaveValue('366');

  await days.fill('90');
  await trash.getByRole('button', { name: 'Save' }).click();
  await expect(trash.getByText('Saved.')).toBeVisible();
  await expect(trash.getByText('Default: 30')).toBeVisible();
  await trash.getByRole('button', { name: 'Reset Days in the trash to the default' }).click();
  await expect(days).toHaveValue('30');

  const factor = ada.getByRole('checkbox', { name: /second factor/ });
  const security = ada.getByRole('region', { name: 'Security' });
  await factor.check();
  await security.getByRole('button', { name: 'Save' }).click();
  await expect(security.getByText('Sign in with a second factor yourself first.')).toBeVisible();
  await expect(factor, 'what was ticked is still ticked').toBeChecked();
});

test('a setting somebody else changes follows at once, one that is being typed asks whose holds, and one saved without a connection is sent later', async ({
  browser,
}) => {
  const team = await createTeam({ Ada: 'admin', Bea: 'admin' });
  const path = `/${team.slug}/settings/preferences`;
  const ada = await openAs(browser, team.people.Ada, path);
  const bea = await openAs(browser, team.people.Bea, path);
  for (const page of [ada, bea]) await expectLive(page);
  const days = (page: typeof ada) => page.getByRole('textbox', { name: 'Days in the trash' });
  const save = (page: typeof ada) =>
    page.getByRole('region', { name: 'Trash' }).getByRole('button', { name: 'Save' });

  await days(ada).fill('');
  await days(ada).pressSequentially('2.5');
  await expect(days(ada), 'what is no whole number stays as it was typed').toHaveValue('2.5');
  await save(ada).click();
  await expect(days(ada)).toHaveAccessibleDescription(/A whole number between 1 and 365\./);
  await days(ada).fill('60');
  await save(ada).click();
  await expect(days(bea)).toHaveValue('60');

  await days(bea).fill('7');
  await days(ada).fill('90');
  await save(ada).click();
  await expect(bea.locator('[data-slot="conflict"]')).toContainText('Ada Tester changed this');
  await expect(bea.locator('[data-slot="conflict"]')).toContainText('90');
  await expect(days(bea), 'what Bea typed is not lost').toHaveValue('7');
  await bea.getByRole('button', { name: 'Keep mine' }).click();
  await save(bea).click();
  await expect(days(ada)).toHaveValue('7');
  await bea.keyboard.press('ControlOrMeta+z');
  await expect(toast(bea, 'Undone: Settings: Days in the trash')).toBeVisible();
  for (const page of [ada, bea]) await expect(days(page)).toHaveValue('90');

  await bea.context().setOffline(true);
  await days(bea).fill('5');
  await save(bea).click();
  await expect(bea.getByText('Not saved yet. It is sent when the connection is back.')).toBeVisible();
  const factor = bea.getByRole('region', { name: 'Security' });
  await factor.getByRole('checkbox').check();
  await factor.getByRole('button', { name: 'Save' }).click();
  await expect(factor.getByRole('alert'), 'who gets in is decided now or not at all').not.toBeEmpty();
  await expect(bea.getByTestId('outbox')).toContainText('1 not saved');
  await bea.context().setOffline(false);
  await expect(days(ada)).toHaveValue('5');
});

test('who may not change settings reads them, and a request sent all the same is refused in words', async ({
  browser,
}) => {
  const team = await createTeam({ Ada: 'admin', Vic: 'viewer' });
  const path = `/${team.slug}/settings/preferences`;
  const vic = await openAs(browser, team.people.Vic, path);
  await expect(vic.getByText('Your role may look at this but not change it.')).toBeVisible();
  await expect(vic.getByRole('button', { name: 'Save' })).toHaveCount(0);
  const answer = await vic.context().request.post(`${path}?/save`, {
    form: { group: 'trash', 'seen:trash.retention_days': '30', 'trash.retention_days': '1' },
    headers: { origin: product().app, accept: 'text/html' },
  });
  expect(answer.status()).toBe(403);
  expect(await answer.text()).toContain('Your role does not allow changing settings.');
});
