import { nearest } from './nearest.ts';
import { describe, type Shape } from './shape.ts';
import { list, mapped, scalar } from './value-shapes.ts';

/** A list of some of a few words, in their order and each once; left out, it is empty. `form` shows one. */
export function listedWords<const W extends string>(words: readonly W[], form: string): Shape<readonly W[]> {
  const several = mapped(list(listedWord(words), form), (written) =>
    words.filter((word) => written.includes(word)),
  );
  return { ...several, absent: { kind: 'list', place: 'default', items: [] } };
}

function listedWord<W extends string>(words: readonly W[]): Shape<W> {
  return {
    ...scalar('', () => null),
    read(written, path, reading) {
      const value = written.kind === 'scalar' ? words.find((word) => word === written.text) : undefined;
      if (value !== undefined) return { value };
      const meant = written.kind === 'scalar' ? nearest(written.text, words) : null;
      const hint = meant === null ? `expected one of ${words.join(', ')}` : `did you mean "${meant}"?`;
      reading.fault(written.place, `${path} ${describe(written)}; ${hint}`);
      return null;
    },
  };
}
