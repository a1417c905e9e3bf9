import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { parseSync } from 'oxc-parser';

/** The project's folder. */
export const ROOT = join(dirname(import.meta.dirname), '..');

/** A parsed TypeScript file, with its path from the project's folder. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
  /** Every node of the syntax tree, in the order of the text. */
  readonly nodes: readonly Node[];
  readonly comments: readonly string[];
}

/** A node of the syntax tree: its type, its place, and fields that differ by type. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly [field: string]: unknown;
}

/** Something a file takes from elsewhere. `target` is a path from the project's folder, or a package's name. */
export interface Import {
  readonly target: string;
  readonly isFile: boolean;
  readonly isTypeOnly: boolean;
  readonly start: number;
}

/** Reads and parses every .ts file below a folder of the project. */
export function readSourceFiles(folder: string): SourceFile[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .sort()
    .map((name) => posix.join(folder, name))
    .map((path) => parseSource(path, readFileSync(join(ROOT, path), 'utf8')));
}

/** Parses one file; throws where it is not TypeScript, so that nothing is passed over for being unreadable. */
export function parseSource(path: string, text: string): SourceFile {
  const { program, comments, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`);
  return { path, text, nodes: [...walk(program)], comments: comments.map((comment) => comment.value) };
}

/** The line of a place in a file, for messages. */
export function lineOf(file: SourceFile, start: number): string {
  return `${file.path}:${file.text.slice(0, start).split('\n').length}`;
}

/**
 * Everything a file imports, in its order: by value or as a type, statically, dynamically, by re-export, by
 * require, and as the file of a worker (`new URL('./x.ts', import.meta.url)`).
 */
export function importsOf(file: SourceFile): Import[] {
  return file.nodes.flatMap((node) => {
    const source = sourceOf(node);
    if (source === undefined) return [];
    const isFile = source.startsWith('.');
    const target = isFile ? posix.join(posix.dirname(file.path), source) : source;
    const isTypeOnly =
      node.type === 'TSImportType' || node['importKind'] === 'type' || node['exportKind'] === 'type';
    return [{ target, isFile, isTypeOnly, start: node.start }];
  });
}

/** Stands for an import whose target only the run will tell. */
export const UNKNOWN_TARGET = '(computed)';

function sourceOf(node: Node): string | undefined {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportAllDeclaration':
    case 'ExportNamedDeclaration':
    case 'ImportExpression':
    case 'TSImportType':
    case 'TSExternalModuleReference': {
      const source = node['source'] ?? node['expression'] ?? node['argument'];
      return isNode(source) ? (literal(source) ?? UNKNOWN_TARGET) : undefined;
    }
    case 'CallExpression': {
      const [callee, first] = [node['callee'], argumentsOf(node)[0]];
      return isNode(callee) && callee['name'] === 'require' ? (literal(first) ?? UNKNOWN_TARGET) : undefined;
    }
    case 'NewExpression': {
      const [callee, first] = [node['callee'], literal(argumentsOf(node)[0])];
      const isFile =
        isNode(callee) && callee['name'] === 'URL' && first?.startsWith('.') && first.endsWith('.ts');
      return isFile ? first : undefined;
    }
    default:
      return undefined;
  }
}

function argumentsOf(node: Node): unknown[] {
  return Array.isArray(node['arguments']) ? node['arguments'] : [];
}

function literal(node: unknown): string | undefined {
  if (!isNode(node)) return undefined;
  if (node.type === 'TSLiteralType') return literal(node['literal']);
  return typeof node['value'] === 'string' ? node['value'] : undefined;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';
}

function* walk(value: unknown): Generator<Node> {
  if (Array.isArray(value)) {
    for (const item of value) yield* walk(item);
  } else if (isNode(value)) {
    yield value;
    for (const field of Object.values(value)) yield* walk(field);
  }
}
