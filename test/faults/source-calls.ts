import { lineOf, type Node, readSourceFiles, type SourceFile } from '../support/source-files.ts';

/** Calls of the disk after which something else is on it, by the name that they are called by. */
const OF_PATHS = ['link', 'unlink', 'rmdir', 'rename', 'mkdir', 'copyFile', 'chmod'];
const OF_HANDLES = ['sync', 'datasync', 'truncate', 'writev', 'chmod', 'chown', 'utimes'];

/** A call in the source that changes the disk. */
export interface ChangingCall {
  /** As the loops tell it: `src/stores/zones/try-link.ts:13`. */
  readonly place: string;
  readonly name: string;
}

/** Every call in the zones that changes the disk. */
export function callsThatChange(): readonly ChangingCall[] {
  return readSourceFiles('src/stores/zones').flatMap(placesIn);
}

/** What the zones take of the disk's functions, as values: `open from node:fs/promises`. */
export function takenFromDisk(): readonly string[] {
  const taken = readSourceFiles('src/stores/zones').flatMap((file) =>
    file.nodes
      .filter((node) => node.type === 'ImportDeclaration' && node['importKind'] !== 'type')
      .filter((node) => /^(?:node:)?fs(?:\/|$)/.test(String(valueOf(node['source']))))
      .flatMap((node) =>
        list(node['specifiers'])
          .filter((one) => one['importKind'] !== 'type')
          .map((one) => `${nameOf(one['imported'])} from ${String(valueOf(node['source']))}`),
      ),
  );
  return [...new Set(taken)].toSorted();
}

function placesIn(file: SourceFile): readonly ChangingCall[] {
  const fromDisk = new Set(
    file.nodes
      .filter((node) => node.type === 'ImportDeclaration' && valueOf(node['source']) === 'node:fs/promises')
      .flatMap((node) => list(node['specifiers']).map((one) => nameOf(one['local']))),
  );
  return file.nodes.flatMap((node) => {
    if (node.type !== 'CallExpression') return [];
    const callee = node['callee'] as Node;
    if (callee.type === 'Identifier') {
      const name = nameOf(callee);
      return OF_PATHS.includes(name) && fromDisk.has(name)
        ? [{ place: lineOf(file, callee.start), name }]
        : [];
    }
    if (callee.type !== 'MemberExpression') return [];
    const property = callee['property'] as Node;
    // A file that is held by a descriptor; a `sync` of something else goes through one.
    return OF_HANDLES.includes(nameOf(property)) && isHandle(callee['object'] as Node)
      ? [{ place: lineOf(file, property.start), name: nameOf(property) }]
      : [];
  });
}

/** As the zones name what they hold open. */
const HANDLES = /^(?:file|handle|source|copy|target|unsynced|folder|one|made)$/;

function isHandle(node: Node): boolean {
  if (node.type === 'Identifier') return HANDLES.test(nameOf(node));
  return node.type === 'MemberExpression' && nameOf(node['property']) === 'handle';
}

function nameOf(node: unknown): string {
  return typeof node === 'object' && node !== null && 'name' in node ? String(node.name) : '';
}

function valueOf(node: unknown): unknown {
  return typeof node === 'object' && node !== null && 'value' in node ? node.value : undefined;
}

function list(value: unknown): readonly Node[] {
  return Array.isArray(value) ? (value as Node[]) : [];
}
