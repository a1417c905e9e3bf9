/** A zip archive's last record with the longest comment it may have (APPNOTE 6.3.10, section 4.3.16). */
export const ZIP_END = 22 + 0xffff;

/**
 * True when a zip archive ends in the last bytes of a file. Programs open such a file as an archive, whatever it
 * begins with.
 */
export function endsWithZip(tail: Buffer): boolean {
  for (let at = tail.lastIndexOf('PK\x05\x06'); at >= 0; at = before(tail, at)) {
    if (at + 22 <= tail.byteLength && looksLikeEnd(tail.subarray(at))) return true;
  }
  return false;
}

function before(tail: Buffer, at: number): number {
  return at === 0 ? -1 : tail.lastIndexOf('PK\x05\x06', at - 1);
}

/** One disk, as many members on it as in all, and a comment that fits. */
function looksLikeEnd(record: Buffer): boolean {
  return (
    record.readUInt32LE(4) === 0 &&
    record.readUInt16LE(8) === record.readUInt16LE(10) &&
    22 + record.readUInt16LE(20) <= record.byteLength
  );
}
