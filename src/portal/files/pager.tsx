import { type ReactNode, useState } from 'react';
import { Button } from 'react-aria-components';
import { type Found, PAGE_SIZE } from './use-files.ts';

/** Where somebody is among pages: behind which file the page begins, and those before it. */
export interface Turning {
  readonly after: string | null;
  /** How many pages are before this one. */
  readonly turned: number;
  /** Goes on behind a file, or back by one page with null. */
  readonly turn: (after: string | null) => void;
  readonly toFirst: () => void;
}

/** Keeps the way back: a page is known by the last file of the one before, so that none is skipped while files come. */
export function useTurning(): Turning {
  const [marks, setMarks] = useState<readonly string[]>([]);
  return {
    after: marks.at(-1) ?? null,
    turned: marks.length,
    turn: (after) =>
      setMarks((before) => {
        if (after === null) return before.slice(0, -1);
        // Pressed twice before the page was there.
        return before.at(-1) === after ? before : [...before, after];
      }),
    toFirst: () => setMarks([]),
  };
}

/** The way from page to page. Nothing where there is one page only. */
export function Pager({
  found: { files, total, more },
  at: { turned, turn },
}: {
  readonly found: Found;
  readonly at: Turning;
}): ReactNode {
  if (turned === 0 && !more) return null;
  const last = files.at(-1)?.id ?? null;
  return (
    <nav className="row" aria-label="Pages of files">
      <Button isDisabled={turned === 0} onPress={() => turn(null)}>
        Previous
      </Button>
      <span>
        Page {(turned + 1).toLocaleString('en-GB')} of{' '}
        {Math.max(turned + 1, Math.ceil(total / PAGE_SIZE)).toLocaleString('en-GB')}
      </span>
      <Button isDisabled={!more || last === null} onPress={() => turn(last)}>
        Next
      </Button>
    </nav>
  );
}
