import { expect, test } from 'vitest';
import { newId } from '../../../src/core/kit/ids.ts';
import type { Project, Share } from '../../../src/core/projects/project.ts';
import type { Scene } from '../conformance.ts';
import { addPerson, NOW, record, unwritable } from '../fixtures.ts';

/** Projects, shares and members. */
export function describeProjects(scene: Scene): void {
  test('a project is found by its case reference, which is given once', async () => {
    const one = project('DEMO-1');
    expect(await scene.ledger.addProject(one, [record('project-added')])).toBe('added');
    expect(await scene.other.projectByCaseRef('DEMO-1')).toEqual(one);
    expect(await scene.ledger.addProject(project('DEMO-1'), [record('project-added')])).toBe('name-taken');
    expect(await scene.ledger.projectByCaseRef('DEMO-2')).toBeNull();
  });

  test('a share is found by its name, which is given once', async () => {
    const one = await addedShare('cohort', 'DEMO-3');
    expect(await scene.ledger.shareByName('cohort')).toEqual(one);
    const again = { ...one, id: newId('shar', NOW) };
    expect(await scene.ledger.addShare(again, [record('share-added')])).toBe('name-taken');
    expect(await scene.ledger.shareByName('nothing')).toBeNull();
  });

  test('a share of a project that is not there is refused by the database', async () => {
    const stray: Share = {
      id: newId('shar', NOW),
      name: 'stray',
      project: newId('proj', NOW),
      createdAt: NOW,
      closedAt: null,
    };
    await expect(scene.ledger.addShare(stray, [])).rejects.toThrow(/constraint/i);
    expect(await scene.ledger.shareByName('stray')).toBeNull();
  });

  test('members are listed by name, with the rights they were given last', async () => {
    const { id } = await addedShare('trial', 'DEMO-4');
    await scene.ledger.setMember(id, scene.bob, ['read'], [record('share-member-added')]);
    await scene.ledger.setMember(id, scene.alice, ['read'], [record('share-member-added')]);
    await scene.ledger.setMember(
      id,
      scene.alice,
      ['read', 'write', 'outbound'],
      [record('share-member-added')],
    );
    expect(await scene.other.membersOf(id)).toEqual([
      { share: id, account: scene.alice, name: 'alice', rights: ['read', 'write', 'outbound'] },
      { share: id, account: scene.bob, name: 'bob', rights: ['read'] },
    ]);
  });

  test('no rights at all remove a member, and removing twice is no error', async () => {
    const { id } = await addedShare('gone', 'DEMO-5');
    await scene.ledger.setMember(id, scene.bob, ['read'], []);
    await scene.ledger.setMember(id, scene.bob, [], [record('share-member-removed')]);
    await scene.ledger.setMember(id, scene.bob, [], [record('share-member-removed')]);
    expect(await scene.ledger.membersOf(id)).toEqual([]);
  });

  test('projects are found by id and listed by case reference, shares by name', async () => {
    const later = project('ZZ-2');
    const sooner = project('ZZ-1');
    for (const one of [later, sooner]) await scene.ledger.addProject(one, []);
    expect(await scene.other.projectById(later.id)).toEqual(later);
    expect(await scene.ledger.projectById(newId('proj', NOW))).toBeNull();
    expect((await scene.ledger.listProjects()).slice(-2)).toEqual([sooner, later]);
    const shares = [await addedShare('zz-b', 'ZZ-3'), await addedShare('zz-a', 'ZZ-4')];
    expect(await scene.other.shareById(shares[0]!.id)).toEqual(shares[0]);
    expect(await scene.ledger.shareById(newId('shar', NOW))).toBeNull();
    expect((await scene.ledger.listShares()).slice(-2)).toEqual([shares[1], shares[0]]);
  });

  test('rights are those of this moment, on this share, for this person', async () => {
    const share = await addedShare('right', 'DEMO-20');
    const other = await addedShare('wrong', 'DEMO-21');
    const carl = await addPerson(scene.ledger, 'carl');
    expect(await scene.ledger.rightsOn('right', carl)).toBeNull();
    await scene.ledger.setMember(share.id, carl, ['outbound', 'read'], []);
    await scene.ledger.setMember(other.id, scene.bob, ['write'], []);
    const rights = ['read', 'outbound'];
    expect(await scene.other.rightsOn('right', carl)).toEqual({ share, rights });
    expect(await scene.ledger.rightsOn('wrong', carl)).toBeNull();
    expect(await scene.ledger.rightsOn('right', scene.bob)).toBeNull();
    expect(await scene.ledger.rightsOn('RIGHT', carl)).toBeNull();
    expect(await scene.ledger.rightsOn('nothing', carl)).toBeNull();
    await scene.ledger.setMember(other.id, carl, ['write'], []);
    await scene.ledger.setMember(share.id, carl, ['read'], []);
    expect(await scene.other.sharesOf(carl)).toEqual([
      { share, rights: ['read'] },
      { share: other, rights: ['write'] },
    ]);
    await scene.ledger.setMember(share.id, carl, [], []);
    expect(await scene.other.rightsOn('right', carl)).toBeNull();
    expect((await scene.other.sharesOf(carl)).map((one) => one.share.name)).toEqual(['wrong']);
  });

  test('a share is closed once, nobody has rights on it then, and its name is not given again', async () => {
    const share = await addedShare('closing', 'DEMO-22');
    const dan = await addPerson(scene.ledger, 'dan');
    await scene.ledger.setMember(share.id, dan, ['read', 'write', 'outbound'], []);
    const { size } = await scene.ledger.auditHead();
    const close = async (at: number) =>
      scene.ledger.closeShare(share.id, at, [record('share-closed', { share: share.id })]);
    expect(await close(NOW + 5)).toBe(true);
    expect(await close(NOW + 6)).toBe(false);
    expect(await scene.ledger.closeShare(newId('shar', NOW), NOW, [record('share-closed')])).toBe(false);
    expect((await scene.ledger.auditHead()).size).toBe(size + 1);
    expect(await scene.other.rightsOn('closing', dan)).toBeNull();
    expect(await scene.other.sharesOf(dan)).toEqual([]);
    const closed = { ...share, closedAt: NOW + 5 };
    expect(await scene.other.shareById(share.id)).toEqual(closed);
    expect(await scene.other.shareByName('closing')).toEqual(closed);
    expect(await scene.ledger.listShares()).toContainEqual(closed);
    expect(await scene.ledger.addShare({ ...share, id: newId('shar', NOW) }, [])).toBe('name-taken');
    expect(await scene.ledger.ownersFor(dan)).toEqual([scene.alice]);
  });

  test('a share whose closing cannot be audited stays open', async () => {
    const share = await addedShare('unclosed', 'DEMO-23');
    const closing = scene.ledger.closeShare(share.id, NOW, [unwritable('share-closed')]);
    await expect(closing).rejects.toThrow(/surrogate/);
    expect(await scene.ledger.shareById(share.id)).toEqual(share);
  });

  test("a person's owners are those of the projects whose shares the person is a member of, each once", async () => {
    const [dora, erin] = [await addPerson(scene.ledger, 'dora'), await addPerson(scene.ledger, 'erin')];
    const mine = [await addedShare('one', 'DEMO-6'), await addedShare('two', 'DEMO-7')];
    const other = await addedShare('three', 'DEMO-8', dora);
    await addedShare('four', 'DEMO-9', scene.bob);
    for (const share of [...mine, other]) await scene.ledger.setMember(share.id, erin, ['read'], []);
    expect(await scene.other.ownersFor(erin)).toEqual([scene.alice, dora].toSorted());
    await scene.ledger.setMember(other.id, erin, [], []);
    expect(await scene.ledger.ownersFor(erin)).toEqual([scene.alice]);
    expect(await scene.ledger.ownersFor(dora)).toEqual([]);
  });

  function project(caseRef: string, iao = scene.alice): Project {
    return { id: newId('proj', NOW), caseRef, title: 'A study', iao, createdAt: NOW };
  }

  async function addedShare(name: string, caseRef: string, iao = scene.alice): Promise<Share> {
    const owner = project(caseRef, iao);
    await scene.ledger.addProject(owner, []);
    const share: Share = { id: newId('shar', NOW), name, project: owner.id, createdAt: NOW, closedAt: null };
    expect(await scene.ledger.addShare(share, [record('share-added', { share: share.id })])).toBe('added');
    return share;
  }
}
