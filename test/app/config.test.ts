import { describe, expect, test } from 'vitest';
import { custodyPolicy } from '../../src/app/config/custody-policy.ts';
import { scanOptions } from '../../src/app/serve/scan-options.ts';
import { DEFAULT_LIMITS } from '../../src/doors/http/limits.ts';
import { DEFAULT_SFTP_LIMITS } from '../../src/doors/sftp/limits.ts';
import { FILE, faultsIn, readConfig } from './read-config.ts';

describe('a configuration with nothing but doors', () => {
  const config = readConfig('doors: []');

  test('has the documented defaults, as numbers and absolute paths', () => {
    expect(config).toMatchObject({
      file: FILE,
      site: 'Havengate',
      data: '/srv/haven/data',
      keys: '/srv/haven/keys',
      ledger: { kind: 'sqlite', file: '/srv/haven/ledger.sqlite3' },
      queue: { kind: 'managed' },
      ops: { listen: { host: '127.0.0.1', port: 9090 }, passwordFile: '/srv/haven/keys/ops-password' },
      retention: {
        arrivals: 2_592_000_000,
        outbound: 1_209_600_000,
        warn: [604_800_000, 86_400_000],
        aside: 7_776_000_000,
        extension: 2_592_000_000,
      },
      certificates: { encryption: 'not stated', snapshots: 'not stated', backups: 'not stated' },
      scan: {
        on: true,
        clamd: { kind: 'socket', path: '/run/clamav/clamd.ctl' },
        tooLarge: 'hold',
        encrypted: 'hold',
        maxStream: 2000 * 2 ** 20,
        unscanned: [],
      },
      intake: { settle: 5000, largest: 5 * 2 ** 40, keepFree: 2 ** 30 },
      mail: { kind: 'files', folder: '/srv/haven/mail' },
      published: { mode: 0o640, group: null },
      shares: [{ name: '*', group: null, mode: 0o660 }],
      log: { level: 'info' },
    });
  });

  test('is frozen to the bottom', () => {
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.retention.warn)).toBe(true);
    expect(Object.isFrozen(config.ops.listen)).toBe(true);
  });
});

describe('values', () => {
  test('doors are read with their own keys', () => {
    const { doors } = readConfig(`doors:
  - { kind: sftp, side: outside, listen: "[::1]:0", reconnect: 12h, tokens: upload, limits: { attempts: 2, drop_rate: 50% } }
  - { kind: sftp, side: inside, listen: 10.0.0.1:22, sign_in: [publickey+token, password+token], algorithms: compatible }
  - { kind: portal, side: outside, listen: localhost:8080 }
  - { kind: portal, side: inside, listen: 0.0.0.0:8180, behind_proxy: true, sign_in: [password+token], address: 'https://Inside.example.org/' }
`);
    expect(doors).toEqual([
      {
        kind: 'sftp',
        side: 'outside',
        listen: { host: '::1', port: 0 },
        signIn: [['publickey'], ['password', 'token']],
        algorithms: 'modern',
        reconnect: 43_200_000,
        tokens: 'upload',
        limits: { ...DEFAULT_SFTP_LIMITS, attempts: 2, dropRate: 50 },
      },
      {
        kind: 'sftp',
        side: 'inside',
        listen: { host: '10.0.0.1', port: 22 },
        signIn: [
          ['publickey', 'token'],
          ['password', 'token'],
        ],
        algorithms: 'compatible',
        reconnect: null,
        tokens: 'off',
        limits: DEFAULT_SFTP_LIMITS,
      },
      {
        kind: 'portal',
        side: 'outside',
        listen: { host: 'localhost', port: 8080 },
        signIn: [['password', 'token'], ['passkey']],
        address: null,
        behindProxy: false,
        limits: DEFAULT_LIMITS,
      },
      {
        kind: 'portal',
        side: 'inside',
        listen: { host: '0.0.0.0', port: 8180 },
        signIn: [['password', 'token']],
        address: 'https://inside.example.org',
        behindProxy: true,
        limits: DEFAULT_LIMITS,
      },
    ]);
  });

  test.each([
    ['scan: off', { on: false }],
    ['scan: { clamd: off, too_large: hold }', { on: false }],
    ['scan: { clamd: scanner:3310 }', { on: true, clamd: { kind: 'network', host: 'scanner', port: 3310 } }],
    [
      'scan: { clamd: ./c.sock, too_large: admit }',
      { on: true, clamd: { path: '/srv/haven/c.sock' }, tooLarge: 'admit' },
    ],
  ])('%s', (line, expected) => {
    expect(readConfig(`doors: []\n${line}`).scan).toMatchObject(expected);
  });

  test('formats that are admitted unscanned are listed, each once', () => {
    const scan = (formats: string) =>
      readConfig(`doors: []\nscan: { too_large: hold, unscanned: ${formats} }`);
    expect(scan('[vcf, bam, vcf]').scan).toMatchObject({ unscanned: ['bam', 'vcf'] });
    expect(custodyPolicy(scan('[vcf]')).scan).toMatchObject({ unscanned: ['vcf'], tooLarge: 'hold' });
    expect(scanOptions(scan('[vcf]'))).toMatchObject({ unscanned: ['vcf'] });
    expect(custodyPolicy(readConfig('doors: []\nscan: off')).scan.unscanned ?? []).toEqual([]);
  });

  test.each([
    ['[bamm]', 'line 2: scan.unscanned[0] is "bamm"; did you mean "bam"?'],
    ['[bam, BAM]', 'line 2: scan.unscanned[1] is "BAM"; did you mean "bam"?'],
    ['[nifty]', 'line 2: scan.unscanned[0] is "nifty"; did you mean "nifti"?'],
    [
      '[spreadsheet]',
      'line 2: scan.unscanned[0] is "spreadsheet"; expected one of bam, cram, vcf, fastq, dicom, nifti, parquet, hdf5',
    ],
    [
      '[[bam]]',
      'line 2: scan.unscanned[0] is a list; expected one of bam, cram, vcf, fastq, dicom, nifti, parquet, hdf5',
    ],
    ['bam', 'line 2: scan.unscanned is "bam"; expected a list of formats such as [bam, vcf]'],
    ['', 'line 2: scan.unscanned has no value; expected a list of formats such as [bam, vcf]'],
  ])('a list of formats that is wrong is a fault: %s', (written, expected) => {
    expect(faultsIn(`doors: []\nscan: { unscanned: ${written} }`)).toEqual([expected]);
  });

  test('a queue may have its password in a file', () => {
    const { queue } = readConfig(
      'doors: []\nqueue: { server: rediss://q:6380/2, password_file: keys/queue }',
    );
    expect(queue).toMatchObject({
      kind: 'server',
      server: { host: 'q', port: 6380, tls: true, db: 2 },
      passwordFile: '/srv/haven/keys/queue',
    });
  });

  test.each(['0640', '"0640"', '640'])('a file mode is what it looks like: %s', (mode) => {
    expect(readConfig(`doors: []\npublished: { mode: ${mode} }`).published.mode).toBe(0o640);
  });

  test('shares are read one by one, and every other one is always there', () => {
    const { shares } = readConfig(
      'doors: []\nshares: [{ name: cohort, group: dsh-cohort }, { name: open, mode: "0664" }]',
    );
    expect(shares).toEqual([
      { name: '*', group: null, mode: 0o660 },
      { name: 'cohort', group: 'dsh-cohort', mode: 0o660 },
      { name: 'open', group: null, mode: 0o664 },
    ]);
    const line = '[{ name: "*", group: 100, mode: "0600" }]';
    expect(readConfig('doors: []', { HAVENGATE_SHARES: line }).shares).toEqual([
      { name: '*', group: '100', mode: 0o600 },
    ]);
  });

  test('warnings are put in order, the longest first, each once', () => {
    expect(readConfig('doors: []\nretention: { warn: [1d, 7d, 1d] }').retention.warn).toEqual([
      604_800_000, 86_400_000,
    ]);
  });

  test('what is said of the medium is signed as it stands, so it is one line', () => {
    const { certificates } = readConfig('doors: []\ncertificates: { encryption: " LUKS2, key in <safe> " }');
    expect(certificates.encryption).toBe('LUKS2, key in <safe>');
    expect(custodyPolicy(readConfig('doors: []')).retention.medium.backups).toBe('not stated');
    for (const wrong of ['""', '"a\\nb"', `"${'x'.repeat(201)}"`, '"\\ud800"', '[none]']) {
      expect(faultsIn(`doors: []\ncertificates: { backups: ${wrong} }`)).toEqual([
        expect.stringContaining('expected one line of up to 200 characters'),
      ]);
    }
  });

  test('an empty section has its defaults', () => {
    expect(readConfig('doors: []\nretention:\n').retention.arrivals).toBe(2_592_000_000);
  });
});

describe('a fault names the line, what is there and what is expected', () => {
  test.each<[string, string, string]>([
    [
      'an unknown key',
      'doors: []\n\nreatention: {}',
      'line 3: unknown key "reatention"; did you mean "retention"?',
    ],
    [
      'an unknown key in a section',
      'doors: []\nretention:\n  arivals: 3d',
      'line 3: unknown key "arivals" in retention; did you mean "arrivals"?',
    ],
    [
      'a key of another section',
      'doors: []\nsettle: 5s',
      'line 2: unknown key "settle"; did you mean "intake.settle"?',
    ],
    [
      'a key that is like no other',
      'doors: []\nlog: { colour: red }',
      'line 2: unknown key "colour" in log; known here: level',
    ],
    [
      'a key of another kind of door',
      'doors:\n  - { kind: portal, side: inside, listen: 127.0.0.1:1, tokens: upload }',
      'line 2: unknown key "tokens" in doors[0]; known here: kind, side, listen, sign_in, address, behind_proxy, limits',
    ],
    [
      'a way to sign in that browsers do not have',
      'doors:\n  - { kind: portal, side: inside, listen: 127.0.0.1:1, sign_in: [publickey] }',
      'line 2: doors[0].sign_in[0] is "publickey"; expected one of password+token, passkey',
    ],
    [
      'a passkey over SSH',
      'doors:\n  - { kind: sftp, side: inside, listen: 127.0.0.1:1, sign_in: [passkey] }',
      'line 2: doors[0].sign_in[0] is "passkey"; expected publickey, password or token, or several joined by +',
    ],
    ...[
      'https://192.0.2.1',
      'http://transfer.example.org',
      'https://transfer.example.org/portal',
      'transfer',
    ].map((address): [string, string, string] => [
      `the address ${address} of pages`,
      `doors:\n  - { kind: portal, side: inside, listen: 127.0.0.1:1, address: '${address}' }`,
      `line 2: doors[0].address is "${address}"; expected an address such as https://transfer.example.org, or http://localhost:8080, with nothing after it`,
    ]),
    ['no doors', 'site: X', 'line 1: doors is missing'],
    [
      'a door without an address',
      'doors:\n  - { kind: sftp, side: inside }',
      'line 2: doors[0].listen is missing',
    ],
    [
      'a door without a kind',
      'doors:\n  - { side: inside }',
      'line 2: doors[0].kind is missing; expected one of sftp, portal',
    ],
    [
      'a door of no kind',
      'doors:\n  - kind: ftp',
      'line 2: doors[0].kind is "ftp"; expected one of sftp, portal',
    ],
    [
      'doors that are no list',
      'doors: { kind: sftp }',
      'line 1: doors is a mapping; expected a list of doors, each with kind, side and listen',
    ],
    [
      'no duration',
      'doors: []\nintake: { settle: soon }',
      'line 2: intake.settle is "soon"; expected a duration such as 5s, 10m, 12h or 30d',
    ],
    [
      'a duration without a unit',
      'doors: []\nintake: { settle: 5 }',
      'line 2: intake.settle is "5"; expected a duration such as 5s, 10m, 12h or 30d',
    ],
    [
      'a retention of nothing',
      'doors: []\nretention: { arrivals: 0d }',
      'line 2: retention.arrivals is "0d"; expected a duration such as 5s, 10m, 12h or 30d, longer than 0',
    ],
    [
      'no size',
      'doors: []\nintake: { largest: 5GB }',
      'line 2: intake.largest is "5GB"; expected a size such as 64KiB, 500MiB, 1GiB or 5TiB',
    ],
    [
      'no address',
      'doors: []\nops: { listen: 9090 }',
      'line 2: ops.listen is "9090"; expected an address such as 127.0.0.1:2022 or "[::1]:2022"',
    ],
    [
      'a port too high',
      'doors: []\nops: { listen: 127.0.0.1:70000 }',
      'line 2: ops.listen is "127.0.0.1:70000"; expected an address such as 127.0.0.1:2022 or "[::1]:2022"',
    ],
    ['no value', 'doors: []\nsite:', 'line 2: site has no value; expected some text'],
    [
      'an unknown way to sign in',
      'doors:\n  - { kind: sftp, side: inside, listen: 127.0.0.1:1, sign_in: [passwd] }',
      'line 2: doors[0].sign_in[0] is "passwd"; expected publickey, password or token, or several joined by +',
    ],
    [
      'too long a time to come back',
      'doors:\n  - { kind: sftp, side: outside, listen: 127.0.0.1:1, reconnect: 13h }',
      'line 2: doors[0].reconnect is "13h"; expected off, or a duration such as 5s, 10m, 12h or 30d, up to 12h',
    ],
    [
      'ways to upload inside',
      'doors:\n  - { kind: sftp, side: inside, listen: 127.0.0.1:1, tokens: upload }',
      'line 2: doors[0]: reconnect and tokens are for uploading, and uploads come in outside; leave them out here',
    ],
    [
      'no way to sign in',
      'doors:\n  - { kind: sftp, side: inside, listen: 127.0.0.1:1, sign_in: [] }',
      'line 2: doors[0].sign_in: nobody could sign in; give at least one way',
    ],
    [
      'two doors at one address',
      'doors:\n  - { kind: sftp, side: inside, listen: 127.0.0.1:1 }\n  - { kind: sftp, side: outside, listen: 127.0.0.1:1 }',
      'line 2: doors: two doors listen on 127.0.0.1:1',
    ],
    [
      'PostgreSQL',
      'doors: []\nledger: postgres://h:pw@db/x',
      'line 2: ledger is not understood; expected "sqlite"; PostgreSQL is not supported yet',
    ],
    [
      'a gate of shares',
      'doors: []\ngates: { share: on }',
      'line 2: gates.share is "on"; expected "off": a gate of shares comes with a later version',
    ],
    [
      'an agreement without its text',
      'doors: []\ngates: { agreement: on }',
      'line 2: gates.agreement is "on"; expected off, or the file of the text that people accept, such as ./agreement.txt',
    ],
    [
      'SMTP',
      'doors: []\nmail: { smtp: {}, from: a@b.example }',
      'line 2: mail.smtp is a mapping; expected the address of a server such as mail.example.org:587',
    ],
    [
      'more than clamd takes',
      'doors: []\nscan: { max_stream: 2GiB }',
      'line 2: scan.max_stream: clamd takes less than 2GiB at a time',
    ],
    ['a share without a name', 'doors: []\nshares: [{ group: x }]', 'line 2: shares[0].name is missing'],
    [
      'a name that no share can have',
      'doors: []\nshares: [{ name: ../x }]',
      'line 2: shares[0].name is "../x"; expected the name of a share, or "*"',
    ],
    [
      'a share twice',
      'doors: []\nshares: [{ name: a }, { name: a }]',
      'line 2: shares: "a" stands there twice',
    ],
    [
      'an unknown key of a share',
      'doors: []\nshares: [{ name: a, groups: x }]',
      'line 2: unknown key "groups" in shares[0]; did you mean "group"?',
    ],
    [
      'a share that everybody may write to',
      'doors: []\nshares: [{ name: a, mode: "0666" }]',
      'line 2: shares[0].mode is "0666"; expected a mode from "0600" to "0664", such as "0660"',
    ],
    [
      'a file mode for everybody',
      'doors: []\npublished: { mode: "0666" }',
      'line 2: published.mode is "0666"; expected a mode from "0600" to "0644", such as "0640"',
    ],
  ])('%s', (_, text, fault) => {
    expect(faultsIn(text)).toEqual([fault]);
  });

  test.each(['8080', 'kind: portal'])('a text that is no configuration: %s', (text) => {
    expect(faultsIn(text).length).toBeGreaterThan(0);
  });

  test('a key that stands there twice', () => {
    expect(faultsIn('doors: []\nsite: A\nsite: B')).toEqual([
      expect.stringMatching(/^line 3: this is not YAML: /),
    ]);
  });

  test('all of them at once', () => {
    expect(faultsIn('dors: []\nsite: {}\nlog: { level: loud }')).toEqual([
      'line 1: unknown key "dors"; did you mean "doors"?',
      'line 2: site is a mapping; expected some text',
      'line 1: doors is missing',
      'line 3: log.level is "loud"; expected one of error, warn, info, debug',
    ]);
  });

  test('and never a password', () => {
    const faults = faultsIn('doors: []\nqueue: redis://u:hunter2@/x\nledger: postgres://u:hunter2@h/d');
    expect(faults).toHaveLength(2);
    expect(faults.join()).not.toContain('hunter2');
  });
});

describe('plain HTTP beyond this machine', () => {
  const portal = (listen: string, more = '') =>
    `doors:\n  - { kind: portal, side: outside, listen: "${listen}"${more} }`;

  test.each(['0.0.0.0:8080', '192.0.2.1:8080', '[::]:8080', 'haven.example.org:8080'])(
    'is refused: %s',
    (listen) => {
      expect(faultsIn(portal(listen))).toEqual([
        expect.stringMatching(/^line 2: doors\[0\]: .* can be reached .*behind_proxy: true/),
      ]);
    },
  );

  test.each(['127.0.0.1:8080', '127.8.8.8:1', '[::1]:8080', 'localhost:8080'])(
    'is not meant by %s',
    (listen) => {
      expect(faultsIn(portal(listen))).toEqual([]);
    },
  );

  test('is right behind a proxy, and SFTP protects itself', () => {
    expect(faultsIn(portal('0.0.0.0:8080', ', behind_proxy: true'))).toEqual([]);
    expect(faultsIn('doors: [{ kind: sftp, side: outside, listen: 0.0.0.0:22 }]')).toEqual([]);
  });

  test('is refused for operations too', () => {
    expect(faultsIn('doors: []\nops: { listen: 0.0.0.0:9090 }')).toHaveLength(1);
    expect(faultsIn('doors: []\nops: { listen: 0.0.0.0:9090, behind_proxy: true }')).toEqual([]);
  });
});
