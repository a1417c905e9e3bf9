import { type ReactNode, useEffect, useState } from 'react';
import { ask } from '../api/ask.ts';
import type { FilesPage, File as OwnFile } from '../api/types.ts';
import { sizeInWords } from '../words/sizes.ts';
import { timeInWords } from '../words/times.ts';
import { custodyId, type Sending } from './uploader.ts';

/** Uploads that were begun and are not in this page: after the browser was closed, or from elsewhere. */
export function Unfinished({ sending }: { readonly sending: readonly Sending[] }): ReactNode {
  const [known, setKnown] = useState<readonly OwnFile[]>([]);
  useEffect(() => {
    ask<FilesPage>('GET', '/files?groups=coming&pageSize=200').then(
      ({ files }) => setKnown(files.filter(({ state }) => state === 'receiving')),
      () => setKnown([]),
    );
  }, []);
  const here = new Set(sending.map(custodyId));
  const left = known.filter(({ id }) => !here.has(id));
  if (left.length === 0) return null;
  return (
    <section>
      <h2>Not finished</h2>
      <p>
        These were begun and are not complete. What was sent is kept for two weeks. Choose the same file
        again, in the browser that began it, and it goes on where it stopped.
      </p>
      <ul className="uploads">
        {left.map((file) => (
          <li key={file.id} className="card row spread">
            <strong className="path">{file.folder === '' ? file.name : `${file.folder}/${file.name}`}</strong>
            <span className="quiet">
              {file.declaredSize === null ? 'begun' : `of ${sizeInWords(file.declaredSize)}, begun`}{' '}
              {timeInWords(file.startedAt)}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
