import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { freePort } from '../support/free-port.ts';
import { type Installation, makeInstallation } from '../support/installation.ts';
import { codeAt } from '../support/soft-token.ts';
import { ROOT } from '../support/source-files.ts';

/** The browser of the system, and what it is told in a test. */
export const CHROMIUM = '/usr/bin/chromium';
export const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
];

/** An installation whose outside portal keeps its port over restarts, as a page that is open needs it. */
export async function makePortalSite(
  settings: Readonly<Record<string, string>> = {},
): Promise<{ readonly site: Installation; readonly address: string }> {
  const site = await makeInstallation({ intake: '{ settle: 1s }', notify: '{ gather: 1s }', ...settings });
  const port = await freePort();
  const config = await readFile(site.config, 'utf8');
  const door = /(kind: portal, *side: outside, *listen: *127\.0\.0\.1):0/;
  if (!door.test(config)) throw new Error('the configuration has no outside portal');
  await writeFile(site.config, config.replace(door, `$1:${port}`));
  return { site, address: `http://localhost:${port}` };
}

/** The newest step that a code of somebody was given of. */
const lastSteps = new Map<string, number>();

/** What lies between reading a code and its being looked at, at most. */
const MARGIN = 15_000;

/** A code that was not used yet; waits for the next one where it has to. */
export async function freshCode(site: Installation, name: string): Promise<string> {
  const uri = await site.secret(name, 'otpauth');
  // A step ahead of the clock is taken too, so that two sign-ins in a row need not wait for half a minute.
  // One behind the clock only while it has some time left: a busy machine needs that.
  const step = Math.max(Math.floor((Date.now() + MARGIN) / 30_000) - 1, (lastSteps.get(uri) ?? 0) + 1);
  while (Math.floor(Date.now() / 30_000) + 1 < step) await new Promise((resolve) => setTimeout(resolve, 500));
  lastSteps.set(uri, step);
  return codeAt(uri, step * 30_000);
}

/** Fills in the form as a person does. */
export async function signIn(
  page: Page,
  given: { name: string; password: string; code: string },
): Promise<void> {
  await page.getByLabel('User ID').fill(given.name);
  await page.getByLabel('Password').fill(given.password);
  await page.getByLabel(/^Code/).fill(given.code);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

/** Opens the portal and signs in as a demo person. */
export async function enter(page: Page, site: Installation, address: string, name: string): Promise<void> {
  await page.goto(address);
  const password = await site.secret(name, 'password');
  await signIn(page, { name, password, code: await freshCode(site, name) });
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
}

/** What axe finds wrong by WCAG 2.2 AA (and best practice of structure), as lines. */
export async function accessibilityFaults(page: Page): Promise<readonly string[]> {
  // By the debugger's protocol, which the page's policy does not forbid.
  await page.evaluate(axe.source);
  const found = await page.evaluate(async () => {
    const { axe: checker } = globalThis as unknown as { readonly axe: typeof axe };
    return checker.run({
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    });
  });
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
  );
}

/**
 * What is wrong with how a page looks and reads, wide and narrow, light and dark, as lines: faults of accessibility, and
 * what does not fit into 320 px (WCAG 2.2, 1.4.10). Keeps a picture of either.
 */
export async function faultsOfLook(page: Page, picture: string): Promise<readonly string[]> {
  const wide = await accessibilityFaults(page);
  await keepPicture(page, picture);
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.setViewportSize({ width: 320, height: 700 });
  const narrow = await accessibilityFaults(page);
  const over = await page.evaluate<number>('document.documentElement.scrollWidth - window.innerWidth');
  await keepPicture(page, `${picture}-narrow-dark`);
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 1100, height: 800 });
  return [...wide, ...narrow, ...(over > 0 ? [`${picture} is ${over} px too wide for 320 px`] : [])];
}

/** Keeps a picture of a page in docs/screenshots, which every run makes anew. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  const folder = join(ROOT, 'docs/screenshots');
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}
