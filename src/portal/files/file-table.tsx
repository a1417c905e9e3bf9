import type { ReactNode } from 'react';
import type { File as OwnFile } from '../api/types.ts';
import { sizeInWords } from '../words/sizes.ts';
import { stateInWords } from '../words/states.ts';
import { daysLeft, leftInWords, timeInWords } from '../words/times.ts';
import type { Order, Sort } from './use-files.ts';

/** So few days are left that they are shown in another colour. */
const SOON = 7;

/** Files with all that a person may know of them. On small screens each row stands by itself. */
export function FileTable({
  files,
  sort,
  order,
  onSort,
}: {
  readonly files: readonly OwnFile[];
  readonly sort: Sort;
  readonly order: Order;
  readonly onSort: (sort: Sort) => void;
}): ReactNode {
  const column = (title: string, by: Sort): ReactNode => (
    <th scope="col" aria-sort={sort === by ? order : 'none'}>
      <button type="button" className="sort" onClick={() => onSort(by)}>
        {title}
        <span aria-hidden="true">{sort === by ? (order === 'ascending' ? ' ▲' : ' ▼') : ''}</span>
      </button>
    </th>
  );
  return (
    <table className="files">
      <thead>
        <tr>
          {column('Name', 'name')}
          {column('Size', 'size')}
          <th scope="col">State</th>
          {column('Sent', 'newest')}
          {column('Destroyed', 'expires')}
        </tr>
      </thead>
      <tbody>
        {files.map((file) => (
          <Row key={file.id} file={file} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ file }: { readonly file: OwnFile }): ReactNode {
  const { words, mood } = stateInWords(file);
  const isOver = ['shared', 'removed', 'destroyed', 'revoked'].includes(file.state);
  return (
    <tr>
      <th scope="row" data-title="Name">
        <span className="path">{file.folder === '' ? file.name : `${file.folder}/${file.name}`}</span>
        {file.sha256 === null ? null : (
          <details>
            <summary>Digest{file.arrivedAt === null ? '' : ' and receipt'}</summary>
            <code className="digest">SHA-256 {file.sha256}</code>
            {file.arrivedAt === null ? null : (
              <p>
                <a href={`/api/v1/files/${file.id}/receipt`} download>
                  Download the receipt<span className="hidden"> of {file.name}</span>
                </a>
              </p>
            )}
          </details>
        )}
      </th>
      <td data-title="Size">{sizeInWords(file.size)}</td>
      <td data-title="State">
        <span className={mood}>{words}</span>
        {file.explanation === null ? null : <p>{file.explanation}</p>}
        {file.unscanned === null ? null : <p className="quiet">{file.unscanned}</p>}
        {file.scan === 'off' ? <p className="quiet">Not scanned for malware.</p> : null}
      </td>
      <td data-title="Sent">{timeInWords(file.arrivedAt ?? file.receivedAt ?? file.startedAt)}</td>
      <td data-title="Destroyed">
        {file.expiresAt === null || isOver ? (
          '–'
        ) : (
          <>
            <span className={daysLeft(file.expiresAt) < SOON ? 'bad' : ''}>
              {leftInWords(file.expiresAt)}
            </span>
            <br />
            <span className="quiet">{timeInWords(file.expiresAt)}</span>
          </>
        )}
      </td>
    </tr>
  );
}
