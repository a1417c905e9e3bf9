import { importsOf, lineOf, type SourceFile, UNKNOWN_TARGET } from './source-files.ts';

/** A part of the source with one purpose. It may always import from itself. */
export interface Room {
  readonly path: string;
  /** Other rooms it may import from, or folders of rooms. */
  readonly may: readonly string[];
  readonly because: string;
}

const CORE = 'src/core';
const DRIVEN_BY_APP = 'it knows the core and never a neighbour; app joins them';

/** The rooms of the source and what each may import, types included. Anything else fails. */
export const ROOMS: readonly Room[] = [
  room('src/core/kit', [], 'words without a domain, so there is nothing it could need'),
  room('src/core/audit', ['src/core/kit'], 'every change writes to it, so it knows none of those who change'),
  room(
    'src/core/accounts',
    ['src/core/kit', 'src/core/audit'],
    'who someone is does not depend on any project',
  ),
  room(
    'src/core/projects',
    ['src/core/kit', 'src/core/audit', 'src/core/accounts'],
    'rights are given to accounts, and hold whether there are files or not',
  ),
  room(
    'src/core/custody',
    ['src/core/kit', 'src/core/audit', 'src/core/accounts', 'src/core/projects'],
    'files are held by accounts and shares; requests are made about files, never the other way round',
  ),
  room(
    'src/core/airlock',
    [CORE],
    'a request joins people, projects and files, so it stands on top of the core',
  ),
  room(
    'src/doors/sftp',
    [CORE],
    'a door calls the use cases; what one door can do, it never borrows from another',
  ),
  room(
    'src/doors/http',
    [CORE],
    'a door calls the use cases; what one door can do, it never borrows from another',
  ),
  room(
    'src/doors/drives',
    [CORE],
    'a door calls the use cases; what one door can do, it never borrows from another',
  ),
  room('src/jobs', [CORE], `a job calls the use cases, like a door; ${DRIVEN_BY_APP}`),
  room('src/stores/ledger', [CORE], `it implements ports of the core; ${DRIVEN_BY_APP}`),
  room('src/stores/zones', [CORE], `it implements ports of the core; ${DRIVEN_BY_APP}`),
  room('src/inspect', [CORE], `it implements ports of the core; ${DRIVEN_BY_APP}`),
  room('src/notify', [CORE], `it implements ports of the core; ${DRIVEN_BY_APP}`),
  room('src/ops', [CORE], `it watches through ports of the core; ${DRIVEN_BY_APP}`),
  room('src/app', ['src'], 'the composition root: the one place that knows everything'),
  room('src/portal', [], 'it runs in a browser and knows the daemon only by its API'),
];

/** What the core may use beyond itself: computation without side effects. */
const CORE_MAY_USE: readonly string[] = ['node:crypto'];

const BINDING_CHECK = 'src/doors/sftp/native-binding.ts';

function room(path: string, may: readonly string[], because: string): Room {
  return { path, may, because };
}

/** The room that a file belongs to; undefined when it stands outside all of them. */
function roomOf(path: string): Room | undefined {
  return ROOMS.find((candidate) => isBelow(path, candidate.path));
}

/** Imports that the table of rooms does not allow, each with its place and the reason for the rule. */
export function forbiddenImports(file: SourceFile): string[] {
  const from = roomOf(file.path);
  if (from === undefined)
    return [`${file.path} stands in no room: give it one, or add a room with its reason`];
  return importsOf(file).flatMap(({ target, isFile, start }) => {
    const why = isFile ? whyNotFile(from, target) : whyNotPackage(from, target);
    return why === undefined ? [] : [`${lineOf(file, start)} imports ${target}: ${why}`];
  });
}

function whyNotFile(from: Room, target: string): string | undefined {
  const to = roomOf(target);
  if (to === undefined) return 'that is in no room of src';
  if (to === from || from.may.some((allowed) => isBelow(to.path, allowed))) return undefined;
  return `${from.path} may not know ${to.path}, since ${from.because}`;
}

function whyNotPackage(from: Room, target: string): string | undefined {
  if (!isBelow(from.path, CORE)) return undefined;
  if (target === UNKNOWN_TARGET) return 'nobody can tell what it imports';
  if (CORE_MAY_USE.includes(target)) return undefined;
  return 'the core knows no network, no disk and no package';
}

/** ssh2 takes its native binding when it is evaluated, so the check of the binding has to be evaluated before. */
export function uncheckedBindings(file: SourceFile): string[] {
  const imports = importsOf(file).filter((one) => !one.isTypeOnly);
  const taken = imports.find((one) => one.target === 'ssh2' || one.target.startsWith('ssh2/'));
  if (taken === undefined || file.path === BINDING_CHECK) return [];
  if (imports.some((one) => one.target === BINDING_CHECK && one.start < taken.start)) return [];
  return [`${lineOf(file, taken.start)} imports ssh2 without an import of native-binding.ts above it`];
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}
