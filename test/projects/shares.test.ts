import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { closeShare } from '../../src/core/projects/close-share.ts';
import { requireRight } from '../../src/core/projects/rights.ts';
import { setShareMember } from '../../src/core/projects/set-up-project.ts';
import { done, type Haven, makeHaven } from '../custody/shares/haven.ts';

let haven: Haven;

beforeEach(async () => {
  haven = await makeHaven();
});

afterEach(() => haven.close());

const CONSOLE = { kind: 'console' } as const;
const admin = () => ({ ledger: haven.ledger, clock: haven.intake.clock });
const right = (right: 'read' | 'write' | 'outbound', share = 'cohort') =>
  requireRight(haven.ledger, haven.people.alice, share, right);

describe('a right', () => {
  test('is the one of now, and outbound is not given by default', async () => {
    expect(await right('read')).toMatchObject({ ok: true });
    expect(await right('outbound')).toMatchObject({ refusal: 'no-right' });
    await haven.allow('alice', 'cohort', 'outbound');
    expect(await right('outbound')).toMatchObject({ ok: true });
    expect(await right('read')).toMatchObject({ refusal: 'no-right' });
  });

  test('on a share that is not one’s own, closed, or was never there is refused in one way', async () => {
    const words = new Set<string>();
    for (const share of ['other', 'none']) {
      const refused = await right('read', share);
      expect(refused).toMatchObject({ refusal: 'share-unknown' });
      words.add((refused.ok ? '' : (refused.detail ?? '')).replace(share, 'X'));
    }
    done(await closeShare(admin(), CONSOLE, 'cohort'));
    const closed = await right('read');
    words.add((closed.ok ? '' : (closed.detail ?? '')).replace('cohort', 'X'));
    expect(words.size).toBe(1);
  });
});

describe('a share', () => {
  test('is closed once, with an audit row, and takes no members any more', async () => {
    const closed = done(await closeShare(admin(), CONSOLE, 'cohort'));
    expect(closed.closedAt).not.toBeNull();
    expect(await closeShare(admin(), CONSOLE, 'cohort')).toMatchObject({
      refusal: 'share-closed',
    });
    expect(await closeShare(admin(), CONSOLE, 'none')).toMatchObject({
      refusal: 'share-unknown',
    });
    const request = { share: 'cohort', account: 'bob', rights: ['read'] } as const;
    expect(await setShareMember(admin(), CONSOLE, request)).toMatchObject({ refusal: 'share-closed' });
    expect(await haven.audited('share-closed')).toMatchObject([
      { subjects: { share: closed.id, project: haven.project } },
    ]);
  });
});
