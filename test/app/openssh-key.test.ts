import { expect, test } from 'vitest';
import '../../src/doors/sftp/native-binding.ts';
import ssh2 from 'ssh2';
import { makeEd25519Key } from '../../src/app/keys/openssh-key.ts';
import { parseSshKey } from '../../src/core/accounts/ssh-key.ts';

// The length of the comment decides how much padding there is.
test.each(Array.from({ length: 9 }, (_, length) => 'c'.repeat(length)))(
  'a key with the comment "%s" is read back',
  (comment) => {
    const made = makeEd25519Key(comment);
    const key = ssh2.utils.parseKey(made.privateText);
    if (key instanceof Error) throw key;
    expect(key.comment).toBe(comment);
    const parsed = parseSshKey(made.publicLine, 0);
    expect(parsed).toMatchObject({ ok: true, value: { fingerprint: made.fingerprint, comment } });
    expect(key.verify('data', key.sign('data'))).toBe(true);
  },
);
