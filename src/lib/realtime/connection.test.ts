import { describe, expect, it } from 'vitest';
import { connectionStatus } from './connection';

const facts = { online: true, connected: true, channels: ['joined'] as const, catchingUp: 0 };

describe('what the interface says about its connection', () => {
  it('is live only when everything is joined and caught up', () => {
    expect(connectionStatus(facts)).toBe('live');
    expect(connectionStatus({ ...facts, catchingUp: 1 })).toBe('catching_up');
    expect(connectionStatus({ ...facts, channels: ['joined', 'joining'] })).toBe('catching_up');
    expect(connectionStatus({ ...facts, channels: ['joined', 'errored'] })).toBe('catching_up');
  });

  it('is offline without a network or when the socket broke', () => {
    expect(connectionStatus({ ...facts, online: false })).toBe('offline');
    expect(connectionStatus({ ...facts, connected: false, channels: ['errored'] })).toBe('offline');
  });

  it('does not wait for a channel that may not be joined', () => {
    expect(connectionStatus({ ...facts, channels: ['joined', 'denied'] })).toBe('live');
  });

  it('catches up while it connects for the first time', () => {
    expect(connectionStatus({ ...facts, connected: false, channels: ['joining'] })).toBe('catching_up');
  });
});
