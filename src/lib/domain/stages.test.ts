import { describe, expect, it } from 'vitest';
import { needsLostReason, neighbourStage, normaliseLostReason } from './stages';

describe('closing a customer as lost', () => {
  it('asks for a reason only on the way in', () => {
    expect(needsLostReason('proposal', 'closed_lost')).toBe(true);
    expect(needsLostReason('closed_lost', 'closed_lost')).toBe(false);
    expect(needsLostReason('proposal', 'closed_won')).toBe(false);
  });

  it('takes a reason with content, within limits', () => {
    expect(normaliseLostReason('  too \n expensive ')).toBe('too expensive');
    expect(normaliseLostReason(' \n ')).toBeNull();
    expect(normaliseLostReason('x'.repeat(600))?.length).toBe(500);
  });
});

it('columns end at the edges of the board', () => {
  expect(neighbourStage('lead', -1)).toBe('lead');
  expect(neighbourStage('lead', 1)).toBe('qualified');
  expect(neighbourStage('closed_lost', 1)).toBe('closed_lost');
});
