import { describe, expect, test } from 'vitest';
import { readOptions } from './options.ts';

describe('options of the start', () => {
  test('have the defaults of the Supabase CLI', () => {
    expect(readOptions([], {})).toMatchObject({
      port: 3000,
      apiPort: 54321,
      dbPort: 54322,
      studioPort: 54323,
      mailPort: 54324,
      host: '127.0.0.1',
      demo: true,
      demoKeys: false,
      fresh: false,
      json: false,
      databaseUrl: undefined,
    });
  });

  test('move Studio and mail along with the API', () => {
    expect(readOptions(['--api-port', '6000'], {})).toMatchObject({ studioPort: 6002, mailPort: 6003 });
    expect(readOptions(['--api-port=6000', '--mail-port=7000'], {})).toMatchObject({
      studioPort: 6002,
      mailPort: 7000,
    });
  });

  test('come from the environment where no flag says otherwise', () => {
    const env = { TANDEM_PORT: '4000', TANDEM_DATA: '/data', TANDEM_NO_DEMO: '1', TANDEM_JSON: 'true' };
    expect(readOptions([], env)).toMatchObject({ port: 4000, data: '/data', demo: false, json: true });
    expect(readOptions(['--port', '5000', '--data', 'here'], env)).toMatchObject({
      port: 5000,
      data: 'here',
    });
  });

  test.each([
    [['--port', 'abc'], '--port abc is not a port'],
    [['--db-port', '70000'], '--db-port 70000 is not a port'],
    [['--port', '54321'], 'Port 54321 is given to both app and API'],
    [['--host', 'everywhere'], '--host everywhere is not an address'],
    [['--prot', '1'], `Unknown option '--prot'`],
    [['--api-port', '65534'], '--studio-port 65536 is not a port'],
  ])('%s are refused in words', (args, message) => {
    expect(() => readOptions(args, {})).toThrow(message);
  });

  test('refuse the keys everybody knows on anything but loopback', () => {
    expect(() => readOptions(['--demo-keys', '--host', '0.0.0.0'], {})).toThrow('refused on 0.0.0.0');
    expect(readOptions(['--demo-keys', '--host', '127.0.0.2'], {}).demoKeys).toBe(true);
    expect(() => readOptions([], { TANDEM_DEMO_KEYS: '1', TANDEM_HOST: '192.168.1.2' })).toThrow('refused');
  });
});
