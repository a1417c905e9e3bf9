import { mkdirSync, writeFileSync } from 'node:fs';
import type { Right } from '../../../src/core/projects/project.ts';
import type { NeededRight } from '../../../src/doors/sftp/requests.ts';
import { MESSAGE, STATUS } from '../../../src/doors/sftp/wire/message-types.ts';
import type { Haven } from '../haven.ts';
import { type RawClient, string, uint32 } from '../raw-client.ts';

/** What a place grants to whom: `by-flags` and `as-opened` come down to these. */
type Granted = Exclude<NeededRight, 'none' | 'by-flags' | 'as-opened'>;

/** A place of a side, for somebody with certain rights on its share. */
export interface Place {
  readonly side: 'outside' | 'inside';
  readonly path: string;
  /** Whose: in words for the page, with the rights on the share. */
  readonly who: string;
  readonly rights: readonly Right[];
  readonly grants: readonly Granted[];
  /** Puts a file there, or a folder, as if by somebody who may. */
  readonly make: (parts: Making, kind: 'file' | 'folder', name: string) => Promise<unknown>;
  /** Where what is in it can be renamed to. */
  readonly renamedTo: (name: string) => string;
}

/** What things are made with. */
interface Making {
  readonly haven: Haven;
  readonly client: RawClient;
  readonly base: string;
  readonly share: string;
}

const upload: Place['make'] = async ({ client, base }, kind, name) => {
  const path = `${base}/${name}`;
  if (kind === 'file') return client.close(await client.open(path));
  return client.ask(MESSAGE.MKDIR, string(path), uint32(0));
};

const working: Place['make'] = async ({ haven, share }, kind, name) => {
  const path = haven.data('shares', share, name);
  return kind === 'file' ? writeFileSync(path, 'working', { mode: 0o660 }) : mkdirSync(path, { mode: 0o770 });
};

const inItself = (name: string): string => name;

function share(rights: readonly Right[], grants: readonly Granted[]): Place {
  const who = rights.length === 0 ? 'nobody’s member' : rights.join(', ');
  return { side: 'inside', path: '/shares/SHARE', who, rights, grants, make: working, renamedTo: inItself };
}

/** Every place, for everybody who differs there. */
export const PLACES: readonly Place[] = [
  {
    side: 'outside',
    path: '/arrivals',
    who: 'its owner, until an upload has settled',
    rights: [],
    grants: ['member', 'look', 'put', 'take'],
    make: upload,
    renamedTo: inItself,
  },
  {
    side: 'outside',
    path: '/outbound/SHARE',
    who: 'to whom it was released',
    rights: [],
    grants: ['member', 'look', 'read'],
    make: ({ haven, share: from }, kind, name) =>
      haven.release(haven.alice, from, kind === 'file' ? name : `${name}/in it`, 'released'),
    renamedTo: inItself,
  },
  {
    side: 'inside',
    path: '/arrivals',
    who: 'its owner',
    rights: ['write'],
    grants: ['member', 'look', 'read', 'take'],
    make: ({ haven }, kind, name) =>
      haven.arrive(haven.alice, kind === 'file' ? name : `${name}/in it`, 'arrived'),
    renamedTo: (name) => `/shares/SHARE/${name}`,
  },
  share([], []),
  share(['read'], ['member', 'look', 'read']),
  share(['write'], ['member', 'put', 'take']),
  share(['read', 'write'], ['member', 'look', 'read', 'put', 'take']),
  share(['outbound'], ['member']),
  {
    side: 'inside',
    path: '/outbound/SHARE',
    who: 'outbound, until an upload has settled',
    rights: ['outbound'],
    grants: ['member', 'look', 'put', 'take'],
    make: upload,
    renamedTo: inItself,
  },
  {
    side: 'inside',
    path: '/outbound/SHARE',
    who: 'read, write',
    rights: ['read', 'write'],
    grants: [],
    make: async () => undefined,
    renamedTo: inItself,
  },
];

/** A reply that says that somebody may not, or that there is no such share for them. */
export function isForbidden({ code, message }: { code: number | null; message: string }): boolean {
  return code === STATUS.PERMISSION_DENIED || message.includes('no such share');
}
