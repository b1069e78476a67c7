import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressRule, clientAddress, networkOf } from './client-address.ts';

function from(peer: string, headers: Record<string, string> = {}): IncomingMessage {
  const socket = new Socket();
  Object.defineProperty(socket, 'remoteAddress', { value: peer });
  const request = new IncomingMessage(socket);
  Object.assign(request.headers, headers);
  return request;
}

const forged = {
  'x-forwarded-for': '203.0.113.66',
  'x-real-ip': '203.0.113.66',
  forwarded: 'for=203.0.113.66',
};

describe('clientAddress', () => {
  it('believes no header where no proxy was declared', () => {
    expect(clientAddress(from('192.0.2.1', forged), addressRule({}))).toBe('192.0.2.1');
    expect(clientAddress(from('::ffff:192.0.2.1', forged), addressRule({ ADDRESS_HEADER: '' }))).toBe(
      '192.0.2.1',
    );
  });

  it('takes the entry that the outermost trusted proxy wrote, whatever the client put before it', () => {
    const list = { 'x-forwarded-for': '203.0.113.66, 192.0.2.9, 198.51.100.1' };
    const rule = (depth: string) => addressRule({ ADDRESS_HEADER: 'X-Forwarded-For', XFF_DEPTH: depth });
    expect(clientAddress(from('127.0.0.1', list), rule('1'))).toBe('198.51.100.1');
    expect(clientAddress(from('127.0.0.1', list), rule('2'))).toBe('192.0.2.9');
    expect(clientAddress(from('127.0.0.1', list), rule('9'))).toBe('127.0.0.1');
    expect(clientAddress(from('127.0.0.1', list), rule('nonsense'))).toBe('198.51.100.1');
  });

  it('falls back on the connection when the header is missing or holds no address', () => {
    const rule = addressRule({ ADDRESS_HEADER: 'cf-connecting-ip' });
    expect(clientAddress(from('192.0.2.1'), rule)).toBe('192.0.2.1');
    expect(clientAddress(from('192.0.2.1', { 'cf-connecting-ip': 'unknown' }), rule)).toBe('192.0.2.1');
    expect(clientAddress(from('192.0.2.1', { 'cf-connecting-ip': '2001:db8::7' }), rule)).toBe('2001:db8::7');
  });

  it('gives an address for any header', () => {
    const rule = addressRule({ ADDRESS_HEADER: 'x-forwarded-for' });
    fc.assert(
      fc.property(fc.string(), (value) => {
        expect(clientAddress(from('192.0.2.1', { 'x-forwarded-for': value }), rule)).toMatch(/^[0-9a-f.:%]/i);
      }),
    );
  });
});

describe('networkOf', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::1', '2001:db8:1:2::/64'],
    ['2001:DB8:0001:2::', '2001:db8:1:2::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['garbage', 'garbage'],
  ])('%s is one of %s', (address, network) => expect(networkOf(address)).toBe(network));
});
