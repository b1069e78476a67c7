import { expect, test } from 'vitest';
import { readSettingsChanges } from './settings-changes';

const form = (fields: Record<string, string>) => {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.append(name, value);
  return data;
};

test('a box that is not ticked is sent as no', () => {
  expect(
    readSettingsChanges(form({ group: 'security', 'seen:security.require_second_factor': 'true' })),
  ).toEqual({
    group: 'security',
    changes: { 'security.require_second_factor': 'false' },
    seen: { 'security.require_second_factor': 'true' },
  });
});

test('going back to the default saves nothing else', () => {
  const fields = { 'seen:trash.days': '30', 'trash.days': '31', 'seen:trash.size': '1', 'trash.size': '2' };
  expect(readSettingsChanges(form({ ...fields, reset: 'trash.size' })).changes).toEqual({
    'trash.size': null,
  });
});

test('only what the form showed is asked for', () => {
  const odd = { 'trash.days': '1', 'seen:__proto__': 'x', 'seen:': 'y', reset: 'trash.days' };
  expect(readSettingsChanges(form(odd))).toEqual({ group: '', changes: {}, seen: {} });
});
