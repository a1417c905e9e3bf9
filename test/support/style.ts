import { basename } from 'node:path';
import { lineOf, type Node, type SourceFile } from './source-files.ts';

const MOST_LINES = 400;
const KEBAB_CASE = /^[a-z0-9]+(-[a-z0-9]+)*(\.d)?\.ts$/;
const EMPTY_NAMES =
  /^(utils?|helpers?|managers?|common|misc|index)\.ts$|-(utils?|helpers?|managers?|common)\.ts$/;
const SILENCER = /^\s*@ts-(ignore|nocheck)\b/;

/** Names that say nothing of what is in the file, and barrel files, which blur what imports what. */
export function badName(file: SourceFile): string[] {
  const name = basename(file.path);
  if (!KEBAB_CASE.test(name)) return [`${file.path}: file names are kebab-case, after the thing in them`];
  if (EMPTY_NAMES.test(name)) return [`${file.path}: name it after the thing in it`];
  return [];
}

/** Default exports have no name of their own, so every importer invents one. */
export function defaultExports(file: SourceFile): string[] {
  const isDefault = (node: Node): boolean =>
    node.type === 'ExportDefaultDeclaration' ||
    (node.type === 'ExportSpecifier' && (node['exported'] as Node)['name'] === 'default');
  return file.nodes.filter(isDefault).map((node) => `${lineOf(file, node.start)} exports a default`);
}

/** Places where the compiler is told not to look. */
export function uncheckedTypes(file: SourceFile): string[] {
  const anys = file.nodes.filter((node) => node.type === 'TSAnyKeyword');
  return [
    ...anys.map((node) => `${lineOf(file, node.start)} says any: say unknown, and narrow it`),
    ...file.comments.filter((text) => SILENCER.test(text)).map((text) => `${file.path} says ${text.trim()}`),
  ];
}

/** A file that grew past one concept. */
export function tooLong(file: SourceFile): string[] {
  const lines = file.text.trimEnd().split('\n').length;
  if (lines <= MOST_LINES) return [];
  return [
    `${file.path} has ${lines} lines, and ${MOST_LINES} is the most: give a part of it a file of its own`,
  ];
}
