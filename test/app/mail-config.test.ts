import { describe, expect, test } from 'vitest';
import { faultsIn, readConfig } from './read-config.ts';

const mailOf = (written: string) => readConfig(`doors: []\nmail: ${written}`).mail;

describe('mail in the configuration', () => {
  test('left out, goes to files', () => {
    expect(readConfig('doors: []').mail).toMatchObject({ kind: 'files' });
  });

  test('by SMTP asks for STARTTLS, except of a server on this machine', () => {
    expect(mailOf('{ smtp: "mail.example.org:587", from: haven@example.org }')).toEqual({
      kind: 'smtp',
      server: { host: 'mail.example.org', port: 587 },
      from: 'haven@example.org',
      user: null,
      passwordFile: null,
      tls: 'starttls',
      caFile: null,
      timeout: 30_000,
    });
    expect(mailOf('{ smtp: "127.0.0.1:25", from: a@b.example }')).toMatchObject({ tls: 'off' });
    expect(mailOf('{ smtp: "localhost:25", from: a@b.example, tls: starttls }')).toMatchObject({
      tls: 'starttls',
    });
    expect(mailOf('{ smtp: "mail.example.org:25", from: a@b.example, tls: off }')).toMatchObject({
      tls: 'off',
    });
  });

  test.each([
    ['smtp', /"files", or a mapping with smtp and from/],
    ['{ from: a@b.example }', /mail\.smtp is missing/],
    ['{ smtp: "mail.example.org:25" }', /mail\.from is missing/],
    ['{ smtp: mail.example.org, from: a@b.example }', /mail\.smtp is .*expected the address of a server/],
    ['{ smtp: "a.example:0", from: a@b.example }', /expected the address of a server/],
    ['{ smtp: "a.example:25", from: "A <a@b.example>" }', /expected one mail address/],
    ['{ smtp: "a.example:25", from: a@b.example, user: haven }', /user and password_file are given together/],
    [
      '{ smtp: "a.example:25", from: a@b.example, user: haven, password_file: p, tls: off }',
      /the password would pass to "a\.example" in the clear/,
    ],
  ])('%s is refused', (written, words) => {
    expect(faultsIn(`doors: []\nmail: ${written}`).join('\n')).toMatch(words);
  });
});
