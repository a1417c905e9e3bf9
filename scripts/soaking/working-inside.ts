import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { digestOf, sftpInside } from '../../test/support/clients.ts';
import { BrokenPromise } from './broken-promise.ts';
import { contentOf } from './content.ts';
import { plainName } from './model.ts';
import { type Desk, discard, type Work } from './people.ts';

const KIB = 1024;

/** What alice does inside: moves arrivals to the share, works there, sends out, reads and removes. */
export const workingInside: Work = async (desk) => {
  if (desk.haven.daemon === null) {
    await sleep(100);
    return;
  }
  const what = desk.dice.next();
  if (what < 0.35) return moveToShare(desk);
  if (what < 0.5) return writeWorkingFile(desk);
  if (what < 0.6) return changeWorkingFile(desk);
  if (what < 0.75) return sendFromShare(desk);
  if (what < 0.85) return drop(desk);
  if (what < 0.95) return readArrival(desk);
  await removeArrival(desk);
};

async function inside(desk: Desk, ...commands: readonly string[]) {
  const { daemon, site } = desk.haven;
  if (daemon === null) return { code: null, stdout: '' };
  return sftpInside(site, daemon, 'alice', ...commands);
}

async function anArrival(desk: Desk): Promise<string | null> {
  const listed = await inside(desk, 'ls -1 /arrivals');
  const names = listed.stdout
    .split('\n')
    .map((line) => line.trim().replace(/^\/arrivals\//, ''))
    .filter((name) => /^[a-z]+-\d+(?: \(\d+\))?\.[a-z]+$/.test(name));
  return listed.code !== 0 || names.length === 0 ? null : desk.dice.pick(names);
}

async function moveToShare(desk: Desk): Promise<void> {
  const name = await anArrival(desk);
  if (name === null || desk.model.share.has(name)) return;
  const all = desk.model.named('in', plainName(name));
  for (const sent of all) sent.wishes.add('moved');
  desk.model.share.set(name, null);
  const moved = await inside(desk, `rename "/arrivals/${name}" "/shares/cohort/${name}"`);
  // Which of two twins it was, only the ledger knows.
  const [only] = all.length === 1 ? all : [];
  if (moved.code === 0 && only?.acknowledged === true && !only.mayEndEarly)
    desk.model.share.set(name, only.content.sha256);
  desk.counts.add(moved.code === 0 ? 'moves done' : 'moves not answered');
}

async function writeWorkingFile(desk: Desk): Promise<void> {
  const content = contentOf(desk.seed, desk.freshName(), desk.dice.between(0, 500 * KIB));
  const path = join(desk.home, content.name);
  await content.writeTo(path);
  desk.model.share.set(content.name, null);
  const put = await inside(desk, `put "${path}" "/shares/cohort/${content.name}"`);
  if (put.code === 0) desk.model.share.set(content.name, content.sha256);
  desk.counts.add(put.code === 0 ? 'working files written' : 'working files not written');
  await discard(path);
}

/** Renames or removes one. */
async function changeWorkingFile(desk: Desk): Promise<void> {
  const { model, dice, counts } = desk;
  const free = [...model.share].filter(([name, sha256]) => sha256 !== null && !model.frozen.has(name));
  if (free.length === 0) return;
  const [name, sha256] = dice.pick(free);
  model.share.set(name, null);
  if (dice.chance(0.5)) {
    const removed = await inside(desk, `rm "/shares/cohort/${name}"`);
    if (removed.code === 0) model.share.delete(name);
    counts.add('working files removed');
    return;
  }
  const to = `renamed-${name}`;
  model.share.set(to, null);
  const renamed = await inside(desk, `rename "/shares/cohort/${name}" "/shares/cohort/${to}"`);
  if (renamed.code !== 0) return;
  model.share.delete(name);
  model.share.set(to, sha256);
  counts.add('working files renamed');
}

/** Sends a copy of a working file out, which from then on is left as it is. */
async function sendFromShare(desk: Desk): Promise<void> {
  const { model, dice, counts } = desk;
  const own = model.sent.filter(
    ({ content, way }) =>
      way === 'in' && model.share.get(content.name) === content.sha256 && !model.frozen.has(content.name),
  );
  if (own.length === 0) return;
  const { content } = dice.pick(own);
  model.frozen.add(content.name);
  const sent = model.begin('out', content);
  const path = content.name;
  const answered = await inside(desk, `rename "/shares/cohort/${path}" "/outbound/cohort/${path}"`);
  if (answered.code === 0) sent.acknowledged = true;
  counts.add(answered.code === 0 ? 'working files sent out' : 'working files not sent out');
}

/** Puts something straight into the drop. */
async function drop(desk: Desk): Promise<void> {
  const content = contentOf(desk.seed, desk.freshName(), desk.dice.between(0, 800 * KIB));
  const path = join(desk.home, content.name);
  await content.writeTo(path);
  const sent = desk.model.begin('out', content);
  const put = await inside(desk, `put "${path}" "/outbound/cohort/${content.name}"`);
  if (put.code === 0) sent.acknowledged = true;
  desk.counts.add(put.code === 0 ? 'drops acknowledged' : 'drops not acknowledged');
  await discard(path);
}

async function readArrival(desk: Desk): Promise<void> {
  const name = await anArrival(desk);
  if (name === null) return;
  const path = join(desk.home, `read-${name}`);
  const got = await inside(desk, `get "/arrivals/${name}" "${path}"`);
  if (got.code === 0) {
    const sha256 = await digestOf(path);
    const known = desk.model.named('in', plainName(name));
    if (!known.some(({ content, mayEndEarly }) => mayEndEarly || content.sha256 === sha256))
      throw new BrokenPromise('what is read in Arrivals is what was sent', [`${name} has ${sha256}`]);
    desk.counts.add('arrivals read');
  }
  await discard(path);
}

async function removeArrival(desk: Desk): Promise<void> {
  const name = await anArrival(desk);
  if (name === null) return;
  for (const sent of desk.model.named('in', plainName(name))) sent.wishes.add('removed');
  await inside(desk, `rm "/arrivals/${name}"`);
  desk.counts.add('arrivals removed');
}
