import { expect, test } from 'vitest';
import { agreementOf, NO_STANDING } from '../../../src/core/accounts/gates.ts';
import { DAY } from '../../../src/core/kit/clock.ts';
import { newId } from '../../../src/core/kit/ids.ts';
import type { Scene } from '../conformance.ts';
import { addPerson, NOW, record, unwritable } from '../fixtures.ts';

/** What people have done for the gates of the site. */
export function describeStandings(scene: Scene): void {
  test('what is recorded of a person stays until it is replaced, each part by itself', async () => {
    const id = await addPerson(scene.ledger, 'stands');
    expect(await scene.ledger.accountById(id)).toMatchObject(NO_STANDING);
    const { version } = agreementOf('Be careful.');
    const audit = [record('training-recorded', { account: id })];
    expect(await scene.ledger.recordStanding(id, { trainingExpires: NOW + DAY }, audit)).toBe(true);
    await scene.ledger.recordStanding(id, { agreed: { version, at: NOW }, inductedOn: NOW }, audit);
    const standing = { trainingExpires: NOW + DAY, agreed: { version, at: NOW }, inductedOn: NOW };
    expect(await scene.other.accountById(id)).toMatchObject(standing);
    await scene.ledger.recordStanding(id, { agreed: null }, audit);
    expect(await scene.other.accountById(id)).toMatchObject({ ...standing, agreed: null });
  });

  test('nothing is recorded of nobody, or without its audit record', async () => {
    const id = await addPerson(scene.ledger, 'stands.still');
    const { size } = await scene.ledger.auditHead();
    const nobody = newId('acct', NOW);
    expect(
      await scene.ledger.recordStanding(nobody, { inductedOn: NOW }, [record('induction-recorded')]),
    ).toBe(false);
    const lost = scene.ledger.recordStanding(id, { inductedOn: NOW }, [unwritable('induction-recorded')]);
    await expect(lost).rejects.toThrow(/surrogate/);
    expect(await scene.ledger.accountById(id)).toMatchObject({ inductedOn: null });
    expect((await scene.ledger.auditHead()).size).toBe(size);
  });

  test('the text of an agreement is kept once, and for ever', async () => {
    const agreement = agreementOf('Tell nobody.');
    expect(await scene.ledger.agreementText(agreement.version)).toBeNull();
    expect(await scene.ledger.keepAgreement(agreement, NOW, record('agreement-published'))).toBe(true);
    const head = await scene.ledger.auditHead();
    expect(await scene.other.keepAgreement(agreement, NOW, record('agreement-published'))).toBe(false);
    expect(await scene.ledger.auditHead()).toEqual(head);
    expect(await scene.other.agreementText(agreement.version)).toBe('Tell nobody.');
  });

  test('a warning is marked once, in order, and anew for a new training', async () => {
    const id = await addPerson(scene.ledger, 'warned');
    const warned = (expires: number, step: number) =>
      scene.ledger.markTrainingWarned(id, expires, step, record('training-warned', { account: id }));
    const train = (expires: number) =>
      scene.ledger.recordStanding(id, { trainingExpires: expires }, [record('training-recorded')]);
    expect(await warned(NOW, 0)).toBe(false);
    await train(NOW);
    expect([await warned(NOW, 7 * DAY), await warned(NOW, 7 * DAY), await warned(NOW, 30 * DAY)]).toEqual([
      true,
      false,
      false,
    ]);
    expect([await warned(NOW + 1, 0), await warned(NOW, 0)]).toEqual([false, true]);
    await train(NOW + DAY);
    expect(await warned(NOW + DAY, 7 * DAY)).toBe(true);
  });
}
