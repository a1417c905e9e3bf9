import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { checkCustody } from '../../src/core/custody/check-custody.ts';
import { orderDestruction } from '../../src/core/custody/retention/decide.ts';
import { destroyFile } from '../../src/core/custody/retention/destroy-file.ts';
import type { DoomedName } from '../../src/core/custody/zone-ports.ts';
import { onFailpoint } from '../../src/core/kit/failpoint.ts';
import { newId } from '../../src/core/kit/ids.ts';
import { custodyForTest } from './custody-for-tests.ts';

async function* noNames(): AsyncGenerator<DoomedName> {}

async function sceneWithDestroyed() {
  const scene = await custodyForTest();
  const { custody, person, admit, file, data } = scene;
  const dana = await person('dana', 'data-team');
  const held = await admit(await person('alice'), 'scan.zip', 'encrypted');
  const order = () => orderDestruction(custody, held, { by: dana, reason: 'the sender agrees' });
  const destroy = async () => destroyFile(custody, await file(held.id));
  const doomed = join(data, 'airlock/doomed');
  const findings = async () => (await checkCustody(custody)).findings;
  return { ...scene, held, order, destroy, doomed, findings };
}

test('a doomed name of a file that was destroyed, or of none, is told with its place, and kept', async () => {
  const { order, destroy, held, doomed, findings } = await sceneWithDestroyed();
  await order();
  await destroy();
  expect(await findings()).toEqual([]);
  const names = [`${held.id}-g2`, `${newId('file', 1)}-g1`, 'notes.txt'];
  for (const name of names) await writeFile(join(doomed, name), name);
  await mkdir(join(doomed, 'a folder'));
  const found = await findings();
  expect(found.map(({ severity }) => severity)).toEqual(['warning', 'warning', 'warning', 'warning']);
  const text = found.map(({ message }) => message).join('\n');
  for (const name of [...names, 'a folder']) expect(text).toContain(join(doomed, name));
  expect(text).toContain('destroyed, and its bytes gone');
  expect(text).toContain('move it away or delete it');
  expect((await readdir(doomed)).toSorted()).toEqual([...names, 'a folder'].toSorted());
  for (const name of names) expect(await readFile(join(doomed, name), 'utf8')).toBe(name);
});

test('what was set aside because it had taken the place of a file is told, also while the file is on its way', async () => {
  const { order, held, doomed, findings } = await sceneWithDestroyed();
  await order();
  for (const name of [`${held.id}-g2-replaced`, `${held.id}-g2-replaced-2`])
    await writeFile(join(doomed, name), 'the work of a week');
  const found = await findings();
  expect(found).toHaveLength(2);
  expect(found[0]).toMatchObject({ severity: 'warning', file: held.id });
  expect(found[0]?.message).toContain('in place of this file');
});

test('a file that a crash left in the doomed folder, on its way, is no finding', async () => {
  const { custody, order, destroy, doomed, findings } = await sceneWithDestroyed();
  await order();
  onFailpoint((point) => {
    if (point === 'destroy.doomed') throw new Error('crashed');
  });
  onTestFinished(() => onFailpoint(null));
  await expect(destroy()).rejects.toThrow('crashed');
  onFailpoint(null);
  expect(await readdir(doomed)).toHaveLength(1);
  expect(await findings()).toEqual([]);
  const { zones } = custody;
  let lists = 0;
  const list = () => (++lists === 1 ? noNames() : zones.doomed.list());
  const early = { ...custody, zones: { ...zones, doomed: { ...zones.doomed, list } } };
  expect((await checkCustody(early)).findings, 'it came there after a first look').toEqual([]);
  await rename(doomed, `${doomed}-away`);
  await mkdir(doomed);
  expect(await findings()).toMatchObject([{ severity: 'fault', invariant: 1 }]);
});
