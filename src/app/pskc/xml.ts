import { DOMParser, type Element } from '@xmldom/xmldom';
import { PskcFault } from './pskc-fault.ts';

/**
 * Reads a document and returns its root. One with a document type is refused before it is parsed, so that there are no
 * entities and nothing is fetched; one that is not well-formed is refused whole. Throws `PskcFault`.
 */
export function readXml(text: string): Element {
  if (/<!DOCTYPE/i.test(text)) throw new PskcFault('it has a document type, which no key container needs');
  const refuse = (_level: string, message: string): never => {
    throw new PskcFault(`it is no well-formed XML: ${message.split('\n')[0]}`);
  };
  try {
    const root = new DOMParser({ onError: refuse }).parseFromString(
      text.trimStart(),
      'text/xml',
    ).documentElement;
    if (root !== null) return root;
  } catch (error) {
    if (error instanceof PskcFault) throw error;
    throw new PskcFault('it is no well-formed XML', { cause: error });
  }
  throw new PskcFault('it is empty');
}

/** The elements of a name right below another one. Prefixes differ between makers, so only the local name counts. */
export function childrenOf(parent: Element, name: string): readonly Element[] {
  const found: Element[] = [];
  for (let node = parent.firstChild; node !== null; node = node.nextSibling) {
    if (node.nodeType === node.ELEMENT_NODE && localName(node as Element) === name)
      found.push(node as Element);
  }
  return found;
}

/** The element at the end of a path of names, each right below the one before; null when one is not there. */
export function childAt(parent: Element, ...path: readonly string[]): Element | null {
  let current: Element = parent;
  for (const name of path) {
    const next = childrenOf(current, name)[0];
    if (next === undefined) return null;
    current = next;
  }
  return current;
}

/** The text of such an element, without the space around it; null when it is not there. */
export function textAt(parent: Element, ...path: readonly string[]): string | null {
  return childAt(parent, ...path)?.textContent?.trim() ?? null;
}

/** The name of an element without its prefix. */
export function localName(element: Element): string {
  return element.localName ?? element.nodeName;
}
