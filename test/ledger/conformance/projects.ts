import { expect, test } from 'vitest';
import { newId } from '../../../src/core/kit/ids.ts';
import type { Project, Share } from '../../../src/core/projects/project.ts';
import type { Scene } from '../conformance.ts';
import { addPerson, NOW, record } from '../fixtures.ts';

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
    const share: Share = { id: newId('shar', NOW), name, project: owner.id, createdAt: NOW };
    expect(await scene.ledger.addShare(share, [record('share-added', { share: share.id })])).toBe('added');
    return share;
  }
}
