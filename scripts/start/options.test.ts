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

  describe('with the keys everybody knows', () => {
    /** Every way to ask for them together with an address. */
    const ways = (host: string): [string[], NodeJS.ProcessEnv][] => [
      [['--demo-keys', '--host', host], {}],
      [['--host', host, '--demo-keys'], {}],
      [[`--host=${host}`], { TANDEM_DEMO_KEYS: '1' }],
      [['--demo-keys'], { TANDEM_HOST: host }],
      [[], { TANDEM_DEMO_KEYS: 'true', TANDEM_HOST: host }],
    ];

    test.each(['0.0.0.0', '::', '192.168.1.2', '10.127.0.1', 'fd00::2', '::ffff:192.168.1.2', '1.0.0.127'])(
      'refuse %s, however it is asked for',
      (host) => {
        for (const [args, env] of ways(host)) {
          expect(() => readOptions(args, env)).toThrow(
            `--demo-keys are known to everybody and are refused on ${host}: leave them out, or leave out --host.`,
          );
        }
      },
    );

    test.each(['crm.example', 'localhost.example', '127.0.0.1.example', '127.1', '0', '*'])(
      'refuse the name %s, wherever it leads',
      (host) => {
        for (const [args, env] of ways(host)) {
          expect(() => readOptions(args, env)).toThrow(`--host ${host} is not an address: give one such as`);
        }
      },
    );

    test.each(['127.0.0.1', '127.0.0.2', '::1', 'localhost'])('take %s, which is loopback', (host) => {
      for (const [args, env] of ways(host)) {
        expect(readOptions(args, env)).toMatchObject({ host, demoKeys: true });
      }
    });
  });
});
