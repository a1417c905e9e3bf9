import type { ReactNode } from 'react';
import { Button } from 'react-aria-components';

/** The way from page to page. Nothing where there is one page only. */
export function Pager({
  page,
  pages,
  onPage,
}: {
  readonly page: number;
  readonly pages: number;
  readonly onPage: (page: number) => void;
}): ReactNode {
  if (pages <= 1) return null;
  return (
    <nav className="row" aria-label="Pages of files">
      <Button isDisabled={page <= 1} onPress={() => onPage(page - 1)}>
        Previous
      </Button>
      <span>
        Page {page} of {pages}
      </span>
      <Button isDisabled={page >= pages} onPress={() => onPage(page + 1)}>
        Next
      </Button>
    </nav>
  );
}
