import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EICAR, startClamd } from '../inspect/clamd-for-tests.ts';
import { type Daemon, startDaemon } from '../support/daemon.ts';
import type { Installation } from '../support/installation.ts';
import { eventually } from '../support/wait.ts';
import { CHROMIUM, enter, FLAGS, faultsOfLook, makePortalSite } from './portal-site.ts';

/** A page of the list, and some more. */
const MANY = 57;

let site: Installation;
let address: string;
let daemon: Daemon;
let work: string;
let clamd: Awaited<ReturnType<typeof startClamd>>;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'havengate-arrivals-'));
  clamd = await startClamd(join(work, 'clamd'));
  ({ site, address } = await makePortalSite({
    scan: `{ clamd: ${clamd.socket}, too_large: hold, encrypted: hold }`,
    retention: '{ arrivals: 5d, warn: [1d] }',
  }));
  daemon = await startDaemon(site);
  browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  page = await browser.newPage({ viewport: { width: 1100, height: 800 } });
  page.setDefaultTimeout(30_000);
  await enter(page, site, address, 'alice');
}, 180_000);

afterAll(async () => {
  await browser?.close();
  await daemon?.end('SIGTERM');
  await clamd?.stop();
  await rm(work, { recursive: true, force: true });
  await site?.remove();
});

/** Drops files and folders onto the page, as somebody does who drags them from their desktop. */
async function drop(...files: string[]): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  const box = await page.getByRole('heading', { name: 'Drop files or folders here' }).boundingBox();
  if (box === null) throw new Error('there is nothing to drop onto');
  const at = { x: box.x + 5, y: box.y + 5, data: { items: [], files, dragOperationsMask: 1 } };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await devtools.send('Input.dispatchDragEvent', { type, ...at });
}

/** A zip of one empty member whose flags say that it is encrypted. */
function lockedZip(): Buffer {
  const [local, central, end] = [Buffer.alloc(31), Buffer.alloc(47), Buffer.alloc(22)];
  local.write('PK\x03\x04', 'latin1');
  local.writeUInt16LE(1, 6);
  local.writeUInt16LE(1, 26);
  local.write('a', 30);
  central.write('PK\x01\x02', 'latin1');
  central.writeUInt16LE(1, 8);
  central.writeUInt16LE(1, 28);
  central.write('a', 46);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(47, 12);
  end.writeUInt32LE(31, 16);
  return Buffer.concat([local, central, end]);
}

const rows = () => page.locator('table.files tbody tr');
const names = () => page.locator('table.files tbody th .path').allInnerTexts();

describe('what is dropped onto the page', () => {
  test('is sent, files and whole folders, and each says what becomes of it', async () => {
    const folder = join(work, 'dropped');
    await mkdir(join(folder, 'deep', 'deeper'), { recursive: true });
    for (let i = 0; i < MANY; i++)
      await writeFile(join(folder, 'deep', `${String(i).padStart(2, '0')}.csv`), 'x,'.repeat(i + 1));
    await writeFile(join(folder, 'deep/deeper/notes.txt'), 'a note\n');
    await writeFile(join(work, 'invoice.txt'), EICAR);
    await drop(folder, join(work, 'invoice.txt'));
    const row = (path: string) => page.getByRole('listitem').filter({ hasText: path });
    await page.getByText(`${MANY + 2} of ${MANY + 2} files sent`).waitFor({ timeout: 60_000 });
    await eventually(
      'all have arrived, or were stopped',
      async () => {
        const files = await site.json<{ state: string }[]>('file', 'list', '--owner', 'alice');
        return files.filter(({ state }) => state === 'arrived').length === MANY + 1;
      },
      60_000,
    );
    await row('invoice.txt')
      .getByText(/^Malware was found/)
      .waitFor();
    // What was stopped stands first, however many there are.
    expect(
      await page
        .getByRole('listitem')
        .filter({ has: page.locator('.path') })
        .first()
        .innerText(),
    ).toMatch(/^invoice\.txt/);
    await page.getByText('1 held or quarantined').waitFor();
    await page.getByRole('button', { name: 'Show more' }).click();
    await row('dropped/deep/deeper/notes.txt').getByText('Your copy and ours are identical.').waitFor();
    expect(await faultsOfLook(page, 'upload-dropped')).toEqual([]);
    const files = await site.json<{ name: string; path: string }[]>('file', 'list', '--owner', 'alice');
    expect(files.find(({ name }) => name === 'notes.txt')?.path).toBe('dropped/deep/deeper/notes.txt');
  }, 120_000);
});

describe('My arrivals', () => {
  test('says why a file is held or quarantined, and what to do', async () => {
    await writeFile(join(work, 'locked.zip'), lockedZip());
    await page
      .locator('input[type=file]:not([webkitdirectory])')
      .first()
      .setInputFiles(join(work, 'locked.zip'));
    await eventually('it is held', async () => {
      const files = await site.json<{ name: string; state: string }[]>('file', 'list', '--owner', 'alice');
      return files.some(({ name, state }) => name === 'locked.zip' && state === 'held');
    });
    await page.goto(`${address}/arrivals`);
    await page.getByLabel('Show').selectOption({ label: 'Held or quarantined' });
    await page.getByText('2 files', { exact: true }).waitFor();
    const texts = await rows().allInnerTexts();
    expect(texts.find((text) => text.startsWith('locked.zip'))).toMatch(/Held\s+[^]*encrypted[^]*\./);
    expect(texts.find((text) => text.startsWith('invoice.txt'))).toMatch(/Quarantined\s+Malware was found/);
    expect(await faultsOfLook(page, 'arrivals-stopped')).toEqual([]);
  });

  test('tells of each file its digest, when it came and how long it stays, in words and in colour', async () => {
    await page.getByLabel('Show').selectOption({ label: 'In Arrivals' });
    await page.getByText(`${MANY + 1} files`, { exact: true }).waitFor();
    await page.getByLabel('Search by name').fill('notes');
    await page.getByText('1 file', { exact: true }).waitFor();
    const left = rows().getByText('4 days left', { exact: true });
    expect(await left.getAttribute('class')).toBe('bad');
    expect(await rows().innerText()).toMatch(/7 bytes[^]*In Arrivals[^]*\d{4}, \d\d:\d\d \w+/);
    await page.getByText('Digest and receipt').click();
    expect(await page.locator('code.digest').innerText()).toMatch(/^SHA-256 [0-9a-f]{64}$/);
    await page.getByLabel('Search by name').press('Escape');
    await page.getByText(`${MANY + 1} files`, { exact: true }).waitFor();
  });

  test('is sorted by every column that says so, and turned page by page, forth and back', async () => {
    await page.getByRole('button', { name: 'Name' }).click();
    await page
      .getByRole('columnheader', { name: 'Name' })
      .and(page.locator('[aria-sort=ascending]'))
      .waitFor();
    await eventually('it is in order', async () => (await names())[0] === 'dropped/deep/00.csv');
    expect(await rows().count()).toBe(50);
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText('Page 2 of 2').waitFor();
    await eventually('the rest is shown', async () => (await rows().count()) === MANY + 1 - 50);
    expect((await names()).at(-1)).toBe('dropped/deep/deeper/notes.txt');
    await page.getByRole('button', { name: 'Previous' }).click();
    await eventually('the first page is back', async () => (await rows().count()) === 50);
    await page.getByRole('button', { name: 'Size' }).click();
    await eventually('the smallest is first', async () => (await names())[0] === 'dropped/deep/00.csv');
    await page.getByRole('button', { name: 'Size' }).click();
    await eventually(
      'the largest is first',
      async () => (await names())[0] === `dropped/deep/${MANY - 1}.csv`,
    );
    expect(await faultsOfLook(page, 'arrivals-sorted')).toEqual([]);
  });
});
