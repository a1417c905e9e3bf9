import { type ReactNode, useState } from 'react';
import { Input, Label, SearchField } from 'react-aria-components';
import { Notice } from '../shell/notice.tsx';
import { FileTable } from './file-table.tsx';
import { Pager, useTurning } from './pager.tsx';
import { type Order, type Sort, useFiles } from './use-files.ts';

const FILTERS = {
  'here,coming,stopped': 'All that is here',
  here: 'In Arrivals',
  coming: 'On the way',
  stopped: 'Held or quarantined',
  ended: 'Moved, removed or destroyed',
} as const;
type Filter = keyof typeof FILTERS;

/** What a person has sent in, and what became of it. */
export function FilesPage(): ReactNode {
  const [groups, setGroups] = useState<Filter>('here,coming,stopped');
  const [search, setSearch] = useState('');
  const [sort, setSort] = useState<Sort>('newest');
  const [order, setOrder] = useState<Order>('descending');
  const at = useTurning();
  const found = useFiles({ direction: 'in', groups, search, sort, order, after: at.after });

  const sortBy = (chosen: Sort): void => {
    setOrder(chosen === sort && order === 'ascending' ? 'descending' : 'ascending');
    setSort(chosen);
    at.toFirst();
  };
  return (
    <>
      <h1>My arrivals</h1>
      <div className="row filters">
        <SearchField
          value={search}
          onChange={(text) => {
            setSearch(text);
            at.toFirst();
          }}
        >
          <Label>Search by name</Label>
          <Input />
        </SearchField>
        <label>
          Show
          <select
            value={groups}
            onChange={(event) => {
              setGroups(event.target.value as Filter);
              at.toFirst();
            }}
          >
            {Object.entries(FILTERS).map(([value, words]) => (
              <option key={value} value={value}>
                {words}
              </option>
            ))}
          </select>
        </label>
      </div>
      {found.fault === null ? null : <Notice kind="bad">{found.fault}</Notice>}
      <p className="quiet" role="status">
        {found.isKnown ? countInWords(found.total) : 'Looking…'}
      </p>
      {found.total === 0 && found.isKnown ? (
        <p>
          {search === '' ? 'Nothing is here yet. What you upload appears here.' : 'Nothing has that name.'}
        </p>
      ) : (
        <FileTable files={found.files} sort={sort} order={order} onSort={sortBy} />
      )}
      <Pager found={found} at={at} />
    </>
  );
}

function countInWords(total: number): string {
  return total === 1 ? '1 file' : `${total.toLocaleString('en-GB')} files`;
}
