import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLMap,
} from 'yaml';

/**
 * A value as somebody wrote it, with the place it stands in (`line 7`, or the name of an environment variable).
 * Scalars keep their text: what it means is for the key to say, so that `0640` and `off` stay what they are.
 */
export type Written =
  | { readonly kind: 'nothing'; readonly place: string }
  | { readonly kind: 'scalar'; readonly place: string; readonly text: string }
  | { readonly kind: 'list'; readonly place: string; readonly items: readonly Written[] }
  | WrittenMapping;

/** A mapping as it was written. `keyPlace` is where the key stands, for faults about the key itself. */
export interface WrittenMapping {
  readonly kind: 'mapping';
  readonly place: string;
  readonly entries: ReadonlyMap<string, { readonly keyPlace: string; readonly value: Written }>;
}

/** What could not be read as YAML at all. */
export interface SyntaxFault {
  readonly place: string;
  readonly message: string;
}

/**
 * Reads one YAML document. `placeOf` names a line; for a text from elsewhere it gives that name for every line.
 * Repeated keys and everything else that YAML forbids are faults.
 */
export function readYaml(
  text: string,
  placeOf: (line: number) => string,
): { readonly written: Written; readonly faults: readonly SyntaxFault[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number) => placeOf(lines.linePos(offset).line);
  const faults = document.errors.map((error) => ({ place: at(error.pos[0]), message: said(error.message) }));
  const written = document.contents === null ? nothing(placeOf(1)) : convert(document.contents, document, at);
  return { written, faults };
}

/** An empty mapping at a place: what a section that was left out, or left empty, amounts to. */
export function emptyMapping(place: string): WrittenMapping {
  return { kind: 'mapping', place, entries: new Map() };
}

function nothing(place: string): Written {
  return { kind: 'nothing', place };
}

function said(message: string): string {
  return `this is not YAML: ${message}`;
}

function convert(node: Node, document: Document, at: (offset: number) => string): Written {
  const place = at(node.range?.[0] ?? 0);
  if (isAlias(node)) {
    const target = node.resolve(document);
    return target === undefined ? nothing(place) : convert(target, document, at);
  }
  if (isMap(node)) return convertMap(node as YAMLMap<Node, Node | null>, document, at);
  if (isSeq(node)) {
    return { kind: 'list', place, items: node.items.map((item) => convert(item as Node, document, at)) };
  }
  if (!isScalar(node) || node.value === null) return nothing(place);
  return { kind: 'scalar', place, text: typeof node.value === 'string' ? node.value : (node.source ?? '') };
}

function convertMap(
  map: YAMLMap<Node, Node | null>,
  document: Document,
  at: (offset: number) => string,
): WrittenMapping {
  const entries = map.items.map(({ key, value }) => {
    const keyPlace = at(key.range?.[0] ?? 0);
    const name = isScalar(key) ? (key.source ?? String(key.value)) : key.toString();
    return [
      name,
      { keyPlace, value: value === null ? nothing(keyPlace) : convert(value, document, at) },
    ] as const;
  });
  return { kind: 'mapping', place: at(map.range?.[0] ?? 0), entries: new Map(entries) };
}
