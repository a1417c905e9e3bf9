import type { Site } from '../api/types.ts';
import { sizeInWords } from '../words/sizes.ts';
import type { Chosen } from './dropped-files.ts';
import { seemsEncrypted } from './encrypted.ts';

/** Files that are looked into at once. */
const AT_ONCE = 16;

/** What people should hear before the bytes are sent: what is not taken, and what cannot be scanned. */
export async function warningsAbout(site: Site, chosen: readonly Chosen[]): Promise<readonly string[]> {
  const warnings: string[] = [];
  for (let i = 0; i < chosen.length; i += AT_ONCE) {
    const found = await Promise.all(chosen.slice(i, i + AT_ONCE).map((one) => warningAbout(site, one)));
    warnings.push(...found.filter((warning) => warning !== null));
  }
  return warnings;
}

async function warningAbout(site: Site, { file, path }: Chosen): Promise<string | null> {
  const size = sizeInWords(file.size);
  if (file.size > site.largest) {
    return `${path} was not added: it has ${size}, and the largest file that is taken has ${sizeInWords(site.largest)}.`;
  }
  const { on, upTo, tooLarge, unscanned, encrypted } = site.scan;
  if (!on) return null;
  if (upTo !== null && file.size > upTo) {
    return `${path} is too large to be scanned for malware. ${becomes(tooLarge, unscanned)}`;
  }
  if (!(await seemsEncrypted(file))) return null;
  return `${path} seems to be encrypted, and cannot be scanned. ${becomes(encrypted, [])}`;
}

function becomes(policy: 'hold' | 'admit', formats: readonly string[]): string {
  if (policy === 'admit') return 'It will be admitted with a label that says so.';
  const but = formats.length === 0 ? '' : ` unless it is whole in one of the formats ${formats.join(', ')}`;
  return `It will be held until the data team has decided${but}.`;
}
