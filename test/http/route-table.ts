import type { ApiRoute } from '../../src/doors/http/api/api-route.ts';
import type { Access } from '../../src/doors/http/authenticate.ts';
import { buildDoor, type HttpDoorOptions } from '../../src/doors/http/build-door.ts';

/** A route as the server has it, whoever has added it. */
export interface TableRoute {
  readonly method: string;
  /** As Fastify writes it, with `:id` for an id. */
  readonly path: string;
  readonly access: Access;
  /** What the route checks requests by; null for tus and pages. */
  readonly api: ApiRoute | null;
}

/** Every route of a door, in the order in which they were added. */
export async function routeTable(options: HttpDoorOptions): Promise<readonly TableRoute[]> {
  const { app, api } = buildDoor(options);
  const added: { method: string; path: string; access: () => Access }[] = [];
  app.addHook('onRoute', (route) => {
    const path = route.url === '/' ? '/' : route.url.replace(/\/$/, '');
    // What a plugin says of access may come after this.
    const access = () => route.config?.access ?? 'session';
    for (const method of [route.method].flat()) added.push({ method, path, access });
  });
  await app.ready();
  const table = added.map(({ method, path, access }) => {
    const described = api.find((one) => one.method === method && `/api/v1${one.path}` === path);
    return { method, path, access: access(), api: described ?? null };
  });
  await app.close();
  return table;
}
