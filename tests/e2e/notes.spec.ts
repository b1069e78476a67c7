import { readFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import * as Y from 'yjs';
import { expect, test, type Browser, type Locator, type Page } from './support/test.ts';
import { expectLive, openAs } from './support/pages.ts';
import { createTeam, type Person } from './support/team.ts';

const note = (page: Page): Locator => page.locator('[data-slot="note"] .ProseMirror');
const status = (page: Page): Locator => page.locator('[data-slot="note-status"]');

/** Moves the caret to the end of the text and presses Enter before the browser has told anyone that the caret has moved. */
const enterAtEnd = (page: Page): Promise<void> =>
  note(page).evaluate((sheet) => {
    const end = sheet.lastElementChild?.lastChild;
    if (end) getSelection()?.collapse(end, end.textContent?.length ?? 0);
    const enter = { key: 'Enter', code: 'Enter', keyCode: 13, bubbles: true, cancelable: true };
    sheet.dispatchEvent(new KeyboardEvent('keydown', enter));
  });

async function openNote(browser: Browser, person: Person, path: string): Promise<Page> {
  const page = await openAs(browser, person, path);
  await expectLive(page);
  await page.getByRole('tab', { name: 'Notes' }).click();
  await expect(note(page)).toBeVisible();
  return page;
}

test('a note is written by several people at once, read live by a viewer, kept offline and taken along', async ({
  browser,
}) => {
  const team = await createTeam({ Ada: 'admin', Ben: 'sales', Vera: 'viewer' });
  const { Ada, Ben, Vera } = team.people;
  const { id } = await team.addCustomer(Ada, { name: 'Amber Yard' });
  const path = `/${team.slug}/customers/${id}`;
  const [ada, ben, vera] = await Promise.all([
    openNote(browser, Ada, path),
    openNote(browser, Ben, path),
    openNote(browser, Vera, path),
  ]);

  await test.step('both type at once, and each sees the other’s text and caret', async () => {
    await note(ada).click();
    await ada.getByRole('button', { name: 'Heading', exact: true }).click();
    await ada.keyboard.type('Delivery');
    await ada.keyboard.press('Enter');
    await ada.keyboard.type('Ramp two.');
    await expect(note(ben)).toContainText('Ramp two.');
    await note(ben).focus();
    await enterAtEnd(ben);
    await Promise.all([
      ada.keyboard.type(' Mornings only.', { delay: 20 }),
      ben.keyboard.type('Ask for Marta.', { delay: 20 }),
    ]);
    for (const page of [ada, ben, vera]) {
      await expect(note(page).locator('h1')).toHaveText('Delivery');
      await expect(note(page)).toContainText('Ramp two. Mornings only.');
      await expect(note(page)).toContainText('Ask for Marta.');
    }
    await expect(note(ada).locator('.note-caret')).toHaveAttribute('data-name', 'Ben Tester');
    await expect(note(ben).locator('.note-caret')).toHaveAttribute('data-name', 'Ada Tester');
    await expect(vera.locator('[data-slot="note-writers"]')).toContainText('Ada Tester');
    await expect(status(ada)).toHaveText('Saved');
  });

  await test.step('what one takes back is one’s own', async () => {
    await ada.keyboard.press('ControlOrMeta+z');
    await expect(note(ben)).not.toContainText('Mornings only.');
    await expect(note(ben)).toContainText('Ask for Marta.');
    await ada.keyboard.press('ControlOrMeta+Shift+z');
    await expect(note(ben)).toContainText('Mornings only.');
  });

  await test.step('a viewer has no way to write', async () => {
    await expect(note(vera)).toHaveAttribute('contenteditable', 'false');
    await expect(vera.getByText('You can read this note.')).toBeVisible();
    await expect(vera.getByRole('toolbar')).toBeHidden();
    const sent = await Vera.client.rpc('append_note_update', {
      customer_id: id,
      update: 'AAA=',
      update_id: randomUUID(),
    });
    expect(sent.error?.message).toBe('customers_update_denied');
  });

  await test.step('what a hostile program puts into the text does nothing', async () => {
    const doc = new Y.Doc();
    const link = new Y.XmlText();
    link.insert(0, 'press me', {
      link: { href: 'javascript:document.title="hacked"', class: 'fixed inset-0' },
    });
    const paragraph = new Y.XmlElement('paragraph');
    paragraph.insert(0, [link]);
    const script = new Y.XmlElement('script');
    script.insert(0, [new Y.XmlText('document.title = "hacked"')]);
    doc.getXmlFragment('default').insert(0, [script, paragraph]);
    const sent = await Ben.client.rpc('append_note_update', {
      customer_id: id,
      update: Buffer.from(Y.encodeStateAsUpdate(doc)).toString('base64'),
      update_id: randomUUID(),
    });
    expect(sent.error).toBeNull();
    const harmless = note(vera).getByText('press me');
    await expect(harmless).toBeVisible();
    expect(await harmless.getAttribute('href')).toBeFalsy();
    expect(await harmless.getAttribute('class')).toBeNull();
    await expect(note(vera).locator('script')).toHaveCount(0);
    await expect(note(ada)).toContainText('Ask for Marta.');
  });

  await test.step('what is typed offline arrives with the connection', async () => {
    await ada.context().setOffline(true);
    await expect(status(ada)).toHaveAttribute('data-state', 'offline');
    await note(ada).press('ControlOrMeta+End');
    await ada.keyboard.type(' Written on the train, between two tunnels and a long bridge.');
    await expect(status(ada)).toContainText('kept on this device');
    await note(ben).press('ControlOrMeta+End');
    await ben.keyboard.press('Enter');
    await ben.keyboard.type('Written meanwhile.');
    await expect(status(ben)).toHaveText('Saved');
    await ada.context().setOffline(false);
    for (const page of [ada, ben, vera]) {
      await expect(note(page)).toContainText('Written on the train', { timeout: 15_000 });
      await expect(note(page)).toContainText('Written meanwhile.');
    }
    // Her caret is far to the right: her name reaches to the left of it, where it is not cut off.
    await expect(note(ben).locator('.note-caret')).toHaveAttribute('data-side', 'left');
    await expect(status(ada)).toHaveText('Saved');
  });

  await test.step('it is taken along as Markdown', async () => {
    await ada.getByRole('button', { name: 'Export' }).click();
    const [file] = await Promise.all([
      ada.waitForEvent('download'),
      ada.getByRole('menuitem', { name: 'Download Markdown' }).click(),
    ]);
    expect(file.suggestedFilename()).toBe('Amber Yard.md');
    const markdown = await readFile(await file.path(), 'utf8');
    expect(markdown).toMatch(/^# Delivery$/m);
    expect(markdown).toContain('Ask for Marta.');
    expect(markdown).not.toContain('javascript:');
  });

  await test.step('what was typed offline is not lost with the page, nor by signing out unasked', async () => {
    const menu = ben.getByRole('button', { name: /Your menu/ }).filter({ visible: true });
    const signOut = ben.getByRole('menuitem', { name: 'Sign out' });
    // Without the worker, which keeps the app's files, the menu is there offline when it has been opened before.
    await menu.click();
    await expect(signOut).toBeVisible();
    await ben.keyboard.press('Escape');
    await ben.context().setOffline(true);
    await expect(status(ben)).toHaveAttribute('data-state', 'offline');
    await note(ben).press('ControlOrMeta+End');
    await ben.keyboard.type(' Then the battery died.');
    await expect(status(ben)).toHaveAttribute('data-kept', 'true');
    await menu.click();
    await signOut.click();
    await expect(ben.getByRole('dialog')).toContainText('What you wrote in 1 note has not been saved.');
    await ben.getByRole('button', { name: 'Cancel' }).click();
    const context = ben.context();
    await ben.close();
    await context.setOffline(false);
    const again = await context.newPage();
    await again.goto(path);
    await again.getByRole('tab', { name: 'Notes' }).click();
    await expect(note(vera)).toContainText('Then the battery died.', { timeout: 15_000 });
    await expect(status(again)).toHaveText('Saved');
  });
});
