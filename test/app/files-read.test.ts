import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Installation, MAIN, makeInstallation, NODE, run } from '../support/installation.ts';

/** Says on stderr, at the end, of which files the program was made. */
const TELL = `
  import { registerHooks } from 'node:module';
  const files = [];
  registerHooks({ load: (url, context, next) => (files.push(url), next(url, context)) });
  process.on('exit', () => console.error(JSON.stringify(files)));
`;

let site: Installation;

beforeAll(async () => {
  site = await makeInstallation();
});

afterAll(() => site.remove());

// Each of them costs every start a third of a millisecond, and scripts call one verb after the other.
test('a verb reads some 200 files, those of packages among them, and not many more', async () => {
  const hook = `data:text/javascript,${encodeURIComponent(TELL)}`;
  const args = ['--import', hook, MAIN, 'file', 'list', '--config', site.config];
  const { code, stdout, stderr } = await run(NODE, args);
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'no files\n' });
  const files = JSON.parse(stderr) as string[];
  const ofPackage = (name: string) => files.filter((file) => file.includes(`/node_modules/${name}/`)).length;
  expect(files).toContain(new URL('../../src/app/main.ts', import.meta.url).href);
  expect([ofPackage('kysely'), ofPackage('yaml')]).toEqual([1, 1]);
  expect(files.length).toBeLessThan(230);
});
