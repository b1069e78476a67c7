import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { listen } from './http-server.ts';
import { freePort } from './ports.ts';

it('ends WebSocket connections, too, when it closes', async () => {
  const port = await freePort();
  const listener = await listen({
    name: 'a test',
    host: '127.0.0.1',
    port,
    flag: '--port',
    handle: async () => undefined,
    handleUpgrade: (_, socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n'),
  });
  const socket = connect(port, '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  await once(socket, 'data');
  const ended = once(socket, 'close');
  await listener.close();
  await ended;
  expect(socket.destroyed).toBe(true);
});
