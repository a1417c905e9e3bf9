/**
 * Has a browser save what it gets under a name, and never show it (RFC 6266): the name in UTF-8, and for old programs
 * with everything but plain characters replaced.
 */
export function contentDisposition(name: string): string {
  const plain = name.replaceAll(/[^\w.() -]/g, '_');
  const encoded = encodeURIComponent(name.toWellFormed()).replaceAll(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
