import { describe, expect, test } from 'vitest';
import { faultsIn, readConfig } from './read-config.ts';

describe('the environment', () => {
  test.each<[string, string, (config: ReturnType<typeof readConfig>) => unknown, unknown]>([
    ['HAVENGATE_DATA', '/mnt/data', (config) => config.data, '/mnt/data'],
    ['HAVENGATE_DATA', 'other', (config) => config.data, '/srv/haven/other'],
    ['HAVENGATE_SITE', '"Main": a: haven', (config) => config.site, '"Main": a: haven'],
    ['HAVENGATE_OPS_LISTEN', '127.0.0.1:0', (config) => config.ops.listen.port, 0],
    ['HAVENGATE_SCAN', 'off', (config) => config.scan.on, false],
    ['HAVENGATE_SCAN', '{ clamd: h:1 }', (config) => config.scan, { clamd: { host: 'h', port: 1 } }],
    ['HAVENGATE_SCAN_TOO_LARGE', 'admit', (config) => config.scan, { tooLarge: 'admit', encrypted: 'admit' }],
    ['HAVENGATE_SCAN_UNSCANNED', 'vcf, bam', (config) => config.scan, { unscanned: ['bam', 'vcf'] }],
    ['HAVENGATE_SCAN_UNSCANNED', '[]', (config) => config.scan, { on: true, unscanned: [] }],
    ['HAVENGATE_RETENTION_WARN', '2d, 1d', (config) => config.retention.warn, [172_800_000, 86_400_000]],
    ['HAVENGATE_RETENTION_WARN', '[2d]', (config) => config.retention.warn, [172_800_000]],
    [
      'HAVENGATE_DOORS',
      '[{ kind: sftp, side: inside, listen: h:1 }]',
      (config) => config.doors,
      [{ side: 'inside' }],
    ],
    ['HAVENGATE_QUEUE', 'redis://q', (config) => config.queue.kind, 'server'],
    ['HAVENGATE_QUEUE_PASSWORD_FILE', '', (config) => config.queue.kind, 'managed'],
    ['HAVENGATE_LOG', 'debug', (config) => config.log.level, 'debug'],
    ['HAVENGATE_LOG_LEVEL', 'warn', (config) => config.log.level, 'warn'],
    ['HAVENGATE_PUBLISHED_GROUP', 'null', (config) => config.published.group, null],
  ])('%s=%s wins over the file', (name, value, pick, expected) => {
    const text = 'data: ./data\ndoors: []\nscan: { encrypted: admit }\npublished: { group: haven }';
    expect({ picked: pick(readConfig(text, { [name]: value })) }).toMatchObject({ picked: expected });
  });

  test('switches scanning on where the file has it off', () => {
    const { scan } = readConfig('doors: []\nscan: off', { HAVENGATE_SCAN_CLAMD: '/run/c.sock' });
    expect(scan).toMatchObject({ on: true, clamd: { path: '/run/c.sock' } });
  });

  test('names a deeper key after the section it is in, whatever their order', () => {
    const environment = { HAVENGATE_SCAN_CLAMD: '/run/c.sock', HAVENGATE_SCAN: '{ encrypted: admit }' };
    expect(readConfig('doors: []', environment).scan).toMatchObject({
      clamd: { path: '/run/c.sock' },
      encrypted: 'admit',
    });
  });

  test('gives a fault the name of its variable', () => {
    expect(faultsIn('doors: []', { HAVENGATE_OPS_LISTEN: 'here' })).toEqual([
      'HAVENGATE_OPS_LISTEN: ops.listen is "here"; expected an address such as 127.0.0.1:2022 or "[::1]:2022"',
    ]);
    expect(faultsIn('doors: []', { HAVENGATE_SCAN: '{ clam: x }' })).toEqual([
      'HAVENGATE_SCAN: unknown key "clam" in scan; did you mean "clamd"?',
    ]);
    expect(faultsIn('doors: []', { HAVENGATE_DOORS: '[' })).toEqual([
      expect.stringMatching(/^HAVENGATE_DOORS: this is not YAML/),
    ]);
  });

  test('with an unknown name is an error with the nearest one', () => {
    expect(faultsIn('doors: []', { HAVENGATE_OPS_LISTN: 'x' })).toEqual([
      'HAVENGATE_OPS_LISTN: no key of the configuration has this name; did you mean HAVENGATE_OPS_LISTEN?',
    ]);
  });

  test('may hold what tests and the command line use', () => {
    expect(faultsIn('doors: []', { HAVENGATE_CONFIG: 'x', HAVENGATE_TEST_ANYTHING: 'x', PATH: 'x' })).toEqual(
      [],
    );
  });
});
