import type { Site } from '../api/types.ts';
import { sizeInWords } from '../words/sizes.ts';
import type { Chosen } from './dropped-files.ts';

const ENCRYPTED = /\.(gpg|pgp|age|7z\.enc|zip\.enc|enc|kdbx|veracrypt|vc)$/i;

/** What people should hear before the bytes are sent: what is not taken, and what cannot be scanned. */
export function warningsAbout(site: Site, chosen: readonly Chosen[]): readonly string[] {
  return chosen.flatMap(({ file, path }) => {
    if (file.size > site.largest) {
      return `${path} was not added: it has ${sizeInWords(file.size)}, and the largest file that is taken has ${sizeInWords(site.largest)}.`;
    }
    const why = whyNotScanned(site, file);
    return why === null ? [] : `${path} ${why}`;
  });
}

function whyNotScanned({ scan }: Site, { size, name }: File): string | null {
  if (!scan.on) return null;
  if (scan.upTo !== null && size > scan.upTo) {
    return `is too large to be scanned for malware. ${becomes(scan.tooLarge, scan.unscanned)}`;
  }
  return ENCRYPTED.test(name)
    ? `seems to be encrypted, and cannot be scanned. ${becomes(scan.encrypted, [])}`
    : null;
}

function becomes(policy: 'hold' | 'admit', formats: readonly string[]): string {
  if (policy === 'admit') return 'It will be admitted with a label that says so.';
  const but = formats.length === 0 ? '' : ` unless it is whole in one of the formats ${formats.join(', ')}`;
  return `It will be held until the data team has decided${but}.`;
}
