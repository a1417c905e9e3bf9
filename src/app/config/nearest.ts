import { distance } from 'fastest-levenshtein';

/**
 * The known word that somebody most likely meant, or null when none is near: at most one letter in three may
 * differ. Case does not count.
 */
export function nearest(word: string, known: readonly string[]): string | null {
  const allowed = Math.max(1, Math.floor(word.length / 3));
  const ranked = known
    .map((candidate) => ({ candidate, far: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ far }) => far <= allowed)
    .sort((a, b) => a.far - b.far);
  return ranked[0]?.candidate ?? null;
}
