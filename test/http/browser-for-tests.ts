import type { OutgoingHttpHeaders } from 'node:http';
import type { HttpDoor } from '../../src/doors/http/start-http-door.ts';
import { type Answered, ask, type Haven } from './http-fixtures.ts';

/** What a browser does that is signed in: brings its cookie, and says where a request comes from. */
export interface Browser {
  readonly cookie: string;
  get(path: string, headers?: OutgoingHttpHeaders): Promise<Answered>;
  post(path: string, body?: unknown, headers?: OutgoingHttpHeaders): Promise<Answered>;
  delete(path: string): Promise<Answered>;
}

/** The password of everybody in `makeHaven`. */
export const PASSWORD = 'a long enough password';

/** Sends a sign-in as the portal's page does. */
export function signIn(
  door: HttpDoor,
  body: unknown,
  headers: OutgoingHttpHeaders = { 'sec-fetch-site': 'same-origin' },
): Promise<Answered> {
  return send(door, 'POST', '/api/v1/sign-in', body, headers);
}

/** A browser in which somebody has signed in. */
export async function openBrowser(haven: Haven, name: string, door = haven.door): Promise<Browser> {
  const answered = await signIn(door, { name, password: PASSWORD, code: haven.code(name) });
  if (answered.status !== 204) throw new Error(`${answered.status} ${answered.text}`);
  return browserWith(door, cookieIn(answered));
}

/** A browser in which somebody has signed in, and has proven once more who they are. */
export async function openProvenBrowser(haven: Haven, name: string, door = haven.door): Promise<Browser> {
  const browser = await openBrowser(haven, name, door);
  const stepped = await browser.post('/api/v1/step-up', { password: PASSWORD, code: haven.code(name) });
  if (stepped.status !== 204) throw new Error(`${stepped.status} ${stepped.text}`);
  return browserWith(door, cookieIn(stepped));
}

/** The cookie that an answer sets, as a browser sends it back. */
export function cookieIn(answered: Answered): string {
  return answered.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
}

/** A browser that has a cookie. */
export function browserWith(door: HttpDoor, cookie: string): Browser {
  const own = { cookie, 'sec-fetch-site': 'same-origin' };
  return {
    cookie,
    get: (path, headers) => ask(door, 'GET', path, { ...own, ...headers }),
    post: (path, body, headers) => send(door, 'POST', path, body, { ...own, ...headers }),
    delete: (path) => ask(door, 'DELETE', path, own),
  };
}

function send(
  door: HttpDoor,
  method: string,
  path: string,
  body: unknown,
  headers: OutgoingHttpHeaders,
): Promise<Answered> {
  if (body === undefined) return ask(door, method, path, { 'content-length': 0, ...headers });
  const json = { 'content-type': 'application/json', ...headers };
  return ask(door, method, path, json, Buffer.from(JSON.stringify(body)));
}
