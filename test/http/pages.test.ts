import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HttpDoor } from '../../src/doors/http/start-http-door.ts';
import { ask, type Haven, makeHaven } from './http-fixtures.ts';

let haven: Haven;
let door: HttpDoor;
let pages: string;

beforeAll(async () => {
  pages = await mkdtemp(join(tmpdir(), 'havengate-pages-'));
  await mkdir(join(pages, 'assets'));
  await writeFile(join(pages, 'index.html'), '<!doctype html><title>here</title>');
  await writeFile(join(pages, 'assets/app-1234.js'), 'let plain;');
  await writeFile(join(pages, 'assets/app-1234.js.gz'), 'pressed');
  await writeFile(join(pages, 'secret.txt'), 'not for the web');
  haven = await makeHaven();
  door = await haven.open({ pages });
});

afterAll(async () => {
  await haven.close();
  await rm(pages, { recursive: true });
});

describe('the pages', () => {
  test.each(['/', '/upload', '/arrivals', '/outbound', '/security', '/help', '/activate'])(
    '%s is the one page, under a policy that lets nothing in from elsewhere',
    async (path) => {
      const answered = await ask(door, 'GET', path);
      expect(answered).toMatchObject({ status: 200, text: expect.stringContaining('here') });
      const policy = String(answered.headers['content-security-policy']);
      expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self';/);
      expect(policy).not.toMatch(/unsafe|https?:|\*/);
      expect(policy).toContain("frame-ancestors 'none'");
      expect(answered.headers['cache-control']).toBe('no-cache');
      expect(answered.headers['x-content-type-options']).toBe('nosniff');
    },
  );

  test('have assets that are kept, and come compressed to whom takes that', async () => {
    const plain = await ask(door, 'GET', '/assets/app-1234.js');
    expect(plain).toMatchObject({ status: 200, text: 'let plain;' });
    expect(plain.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    const pressed = await ask(door, 'GET', '/assets/app-1234.js', { 'accept-encoding': 'gzip' });
    expect(pressed).toMatchObject({ text: 'pressed', headers: { 'content-encoding': 'gzip' } });
  });

  test.each([
    '/assets/none.js',
    '/assets/../secret.txt',
    '/assets/..%2fsecret.txt',
    '/assets/%2e%2e/secret.txt',
    '/secret.txt',
    '/index.html',
    '/assets/',
  ])('%s is not there', async (path) => {
    const answered = await ask(door, 'GET', path);
    expect([403, 404]).toContain(answered.status);
    expect(answered.text).not.toContain('not for the web');
  });
});
