const NAMES = /\.(gpg|pgp|age|7z\.enc|zip\.enc|enc|kdbx|veracrypt|vc)$/i;
const OFFICE = /\.(docx|xlsx|pptx)$/i;

/** How formats begin of which everything is encrypted. */
const BEGINNINGS = [
  'age-encryption.org/',
  '-----BEGIN PGP MESSAGE-----',
  'LUKS\xba\xbe',
  'Salted__',
  '\x03\xd9\xa2\x9a',
];

const END = 64 * 1024;

/**
 * Whether a file seems to be encrypted, by its name, its beginning and its end; bytes in the middle are not read. A
 * file that cannot be read does not seem so: the upload says what is wrong with it.
 */
export async function seemsEncrypted(file: File): Promise<boolean> {
  if (NAMES.test(file.name)) return true;
  try {
    const head = await text(file, 0, 64);
    if (BEGINNINGS.some((beginning) => head.startsWith(beginning))) return true;
    if (head.startsWith('PK\x03\x04')) return await isEncryptedZip(file, head);
    if (head.startsWith('Rar!\x1a\x07\x01\x00')) return isEncryptedRar(head);
    // Word, Excel and PowerPoint put a file with a password into a container of the old kind.
    if (head.startsWith('\xd0\xcf\x11\xe0')) return OFFICE.test(file.name);
    return head.startsWith('%PDF-') && (await text(file, file.size - END, file.size)).includes('/Encrypt');
  } catch {
    return false;
  }
}

/** By the flags of its first member, and of all that its directory lists (APPNOTE 4.4.4, bit 0). */
async function isEncryptedZip(file: File, head: string): Promise<boolean> {
  if (isOdd(head, 6)) return true;
  const end = await text(file, file.size - END, file.size);
  for (let at = end.indexOf('PK\x01\x02'); at >= 0; at = end.indexOf('PK\x01\x02', at + 4)) {
    if (isOdd(end, at + 8)) return true;
  }
  return false;
}

/** RAR 5: the first header behind the mark is of type 4, "archive encryption"; sizes have one to three bytes. */
function isEncryptedRar(head: string): boolean {
  let at = 12;
  while (head.charCodeAt(at) >= 0x80) at++;
  return head.charCodeAt(at + 1) === 4;
}

function isOdd(bytes: string, at: number): boolean {
  return at < bytes.length && bytes.charCodeAt(at) % 2 === 1;
}

/** Bytes as text, a character for each. */
async function text(file: Blob, start: number, end: number): Promise<string> {
  const bytes = new Uint8Array(await file.slice(Math.max(0, start), end).arrayBuffer());
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
}
