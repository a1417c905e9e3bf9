import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EICAR } from '../../test/inspect/clamd-for-tests.ts';
import type { Client, Site } from '../../test/sftp/clients/client.ts';
import { LFTP } from '../../test/sftp/clients/other-clients.ts';
import { openCuttingProxy } from '../../test/sftp/cutting-proxy.ts';
import { digestOf, tusUpload } from '../../test/support/clients.ts';
import { BrokenPromise } from './broken-promise.ts';
import { type Content, contentOf, givenContent } from './content.ts';
import type { Dice } from './dice.ts';
import type { Sent } from './model.ts';
import { type Desk, discard, type Work } from './people.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

/** No client takes longer, unless something hangs. */
const LONGEST_MS = 60_000;

/** Sends files from outside with an SFTP client: whole, cut and resumed, twice under one name, infected, removed. */
export function uploadingWith(client: Client, hostKey: string): Work {
  return async (desk) => {
    const { dice, haven } = desk;
    const password = await haven.site.secret('alice', 'password');
    // It would wait for five minutes, and try for ever.
    if (client === LFTP)
      await writeFile(join(desk.home, '.lftprc'), 'set net:timeout 10; set net:max-retries 3\n');
    const site: Site = { port: haven.ports.outside, password, home: desk.home, hostKey };
    const what = dice.next();
    if (what < 0.05) return sendInfected(desk, client, site);
    if (what < 0.1) return sendTwins(desk, client, site);
    if (what < 0.2) return fetchReleased(desk, client, site);
    if (what < 0.35) return sendCut(desk, client, site);
    await send(desk, client, site, nextContent(desk));
  };
}

/** Sends files from outside by tus, also through restarts. */
export const uploadingByTus: Work = async (desk) => {
  const { haven, dice, counts, model } = desk;
  const { daemon } = haven;
  if (daemon === null) {
    await sleep(100);
    return;
  }
  const content = nextContent(desk);
  const path = join(desk.home, content.name);
  await content.writeTo(path);
  const sent = model.begin('in', content);
  await using proxy = dice.chance(0.2)
    ? await openCuttingProxy(haven.ports.portal, dice.between(1, content.size + 500))
    : null;
  const door = { ...daemon, port: () => proxy?.port ?? haven.ports.portal };
  const done = await tusUpload(haven.site, door, 'alice', {
    path,
    as: content.name,
    chunkSize: dice.pick([100_000, 500_000, 5_000_000]),
    retry: true,
    signal: AbortSignal.any([desk.signal(), AbortSignal.timeout(LONGEST_MS)]),
  }).then(
    () => true,
    () => false,
  );
  note(desk, sent, done, 'tus');
  counts.add(done ? 'uploads acknowledged' : 'uploads not acknowledged');
  await discard(path);
};

function nextContent(desk: Desk): Content {
  return contentOf(desk.seed, desk.freshName(), sizeFrom(desk.dice));
}

function sizeFrom(dice: Dice): number {
  const kind = dice.next();
  if (kind < 0.05) return 0;
  if (kind < 0.6) return dice.between(1, 100 * KIB);
  if (kind < 0.97) return dice.between(100 * KIB, 4 * MIB);
  return dice.between(4 * MIB, 24 * MIB);
}

function note({ counts }: Desk, sent: Sent, done: boolean, how: string): void {
  if (done) sent.acknowledged = true;
  counts.add(`${how}: ${done ? 'acknowledged' : 'not acknowledged'}`);
}

async function send(
  desk: Desk,
  client: Client,
  site: Site,
  content: Content,
  infected = false,
): Promise<Sent> {
  const path = join(desk.home, `out-${content.name}`);
  await content.writeTo(path);
  const sent = desk.model.begin('in', content, { infected, mayEndEarly: client === LFTP });
  const put = await client.put(timed(desk, site), path, `/arrivals/${content.name}`);
  note(desk, sent, put.code === 0, client.name);
  desk.counts.add(put.code === 0 ? 'uploads acknowledged' : 'uploads not acknowledged');
  await discard(path);
  return sent;
}

/** The connection is cut somewhere; the client goes on where it can. */
async function sendCut(desk: Desk, client: Client, site: Site): Promise<void> {
  const { dice, model, counts } = desk;
  const content = contentOf(desk.seed, desk.freshName(), dice.between(10 * KIB, 6 * MIB));
  const path = join(desk.home, `out-${content.name}`);
  const remote = `/arrivals/${content.name}`;
  await content.writeTo(path);
  const sent = model.begin('in', content, { mayEndEarly: client === LFTP });
  await using proxy = await openCuttingProxy(site.port, dice.between(1, content.size));
  const cut = await client.put(timed(desk, { ...site, port: proxy.port }), path, remote);
  let done = cut.code === 0;
  counts.add('connections cut');
  for (let n = 0; n < 3 && !done && client.resume !== null && client.resume !== 'by-itself'; n++) {
    done = (await client.resume(timed(desk, site), path, remote)).code === 0;
  }
  note(desk, sent, done, client.name);
  counts.add(done ? 'uploads acknowledged' : 'uploads not acknowledged');
  await discard(path);
}

/** Two files of one name, the second after the first has settled: both have to arrive. */
async function sendTwins(desk: Desk, client: Client, site: Site): Promise<void> {
  const name = desk.freshName();
  const size = () => desk.dice.between(1, 50 * KIB);
  const first = await send(desk, client, site, { ...contentOf(desk.seed, `${name}/1`, size()), name });
  if (!first.acknowledged) return;
  await sleep(1500);
  await send(desk, client, site, { ...contentOf(desk.seed, `${name}/2`, size()), name });
  desk.counts.add('twins sent');
}

async function sendInfected(desk: Desk, client: Client, site: Site): Promise<void> {
  const text = `${EICAR}\n${desk.dice.between(0, 1e9)}\n`;
  await send(desk, client, site, givenContent(desk.freshName(), text), true);
  desk.counts.add('infected files sent');
}

/** Fetches something that was released, and compares. */
async function fetchReleased(desk: Desk, client: Client, site: Site): Promise<void> {
  const out = desk.model.sent.filter(({ way, acknowledged }) => way === 'out' && acknowledged);
  if (out.length === 0) return;
  const { content } = desk.dice.pick(out);
  const path = join(desk.home, `got-${content.name}`);
  const got = await client.get(timed(desk, site), `/outbound/cohort/${content.name}`, path);
  if (got.code === 0) {
    desk.counts.add('released files fetched');
    const sha256 = await digestOf(path);
    if (sha256 !== content.sha256)
      throw new BrokenPromise('what is fetched from outbound is what was sent out', [
        `${content.name} has ${sha256} instead of ${content.sha256}, by ${client.name}`,
      ]);
  }
  await discard(path);
}

function timed({ signal }: Desk, site: Site): Site {
  return { ...site, signal: AbortSignal.any([signal(), AbortSignal.timeout(LONGEST_MS)]) };
}
