import type { ReactNode } from 'react';
import type { Site } from '../api/types.ts';
import { Notice } from '../shell/notice.tsx';
import { sizeInWords } from '../words/sizes.ts';
import { leftInWords, timeInWords } from '../words/times.ts';
import { Pager, useTurning } from './pager.tsx';
import { useFiles } from './use-files.ts';

/** What was released to a person, to be downloaded. */
export function OutboundPage({ site }: { readonly site: Site }): ReactNode {
  const at = useTurning();
  const found = useFiles({
    direction: 'out',
    groups: 'released',
    search: '',
    sort: 'newest',
    order: 'descending',
    after: at.after,
  });
  return (
    <>
      <h1>Outbound</h1>
      <p className="lead">
        What was released to you from the haven. It can be downloaded for {site.retention.outbound} days.
      </p>
      {found.fault === null ? null : <Notice kind="bad">{found.fault}</Notice>}
      {found.isKnown && found.total === 0 ? <p>Nothing is released to you now.</p> : null}
      <ul className="uploads">
        {found.files.map((file) => (
          <li key={file.id} className="card">
            <div className="row spread">
              <strong className="path">{file.name}</strong>
              <span className="quiet">{sizeInWords(file.size)}</span>
            </div>
            <p className="quiet">
              From the share {file.share}, released {timeInWords(file.releasedAt ?? file.startedAt)}.{' '}
              {file.expiresAt === null ? null : leftInWords(file.expiresAt)}
              {file.collectedAt === null ? '' : `, downloaded ${timeInWords(file.collectedAt)}`}
            </p>
            <p>
              <code className="digest">SHA-256 {file.sha256}</code>
            </p>
            <a className="button" href={`/api/v1/files/${file.id}/content`} download={file.name}>
              Download<span className="hidden"> {file.name}</span>
            </a>
          </li>
        ))}
      </ul>
      <Pager found={found} at={at} />
    </>
  );
}
