import { describe, expect, it } from 'vitest';
import { initials, personColor, reportsOf, type Person } from './people';

const person = (userId: string, managerId: string | null): Person => ({
  userId,
  managerId,
  firstName: userId,
  lastName: '',
  color: null,
  isActive: true,
});

describe('the reporting line', () => {
  it('is followed all the way down', () => {
    const people = [
      person('boss', null),
      person('lead', 'boss'),
      person('rep', 'lead'),
      person('other', null),
    ];
    expect([...reportsOf(people, 'boss')].sort()).toEqual(['lead', 'rep']);
    expect(reportsOf(people, 'rep').size).toBe(0);
  });

  it('ends at a circle', () => {
    const people = [person('a', 'b'), person('b', 'a')];
    expect([...reportsOf(people, 'a')]).toEqual(['b']);
  });
});

describe('how a person is drawn', () => {
  it('takes the first letters of the first and last word', () => {
    expect(initials('Lena van der Vogt')).toBe('LV');
    expect(initials('  amal ')).toBe('A');
    expect(initials('')).toBe('');
  });

  it('keeps one colour, the stored one where there is one', () => {
    expect(personColor('some-id', 'person-7')).toBe(7);
    expect(personColor('some-id')).toBe(personColor('some-id', '#aabb11'));
    expect(personColor('some-id')).toBeGreaterThanOrEqual(1);
    expect(personColor('some-id')).toBeLessThanOrEqual(12);
  });
});
