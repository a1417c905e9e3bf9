import { type ReactNode, useEffect, useState } from 'react';
import { Button, FileTrigger } from 'react-aria-components';
import { ask } from '../api/ask.ts';
import type { FilesPage, File as OwnFile } from '../api/types.ts';
import { useLiveFiles } from '../live/live-files.ts';
import { sizeInWords } from '../words/sizes.ts';
import { timeInWords } from '../words/times.ts';
import type { Chosen } from './dropped-files.ts';
import { forgetUpload, isKeptHere } from './kept-uploads.ts';
import { custodyId, type Sending } from './uploader.ts';

/** Uploads that were begun and are not in this page: after the browser was closed, or from elsewhere. */
export function Unfinished({
  owner,
  sending,
  onChosen,
}: {
  readonly owner: string;
  readonly sending: readonly Sending[];
  readonly onChosen: (chosen: readonly Chosen[]) => void;
}): ReactNode {
  const [known, setKnown] = useState<readonly OwnFile[]>([]);
  const [fault, setFault] = useState<string | null>(null);
  const live = useLiveFiles();
  useEffect(() => {
    ask<FilesPage>('GET', '/files?groups=coming&pageSize=200').then(
      ({ files }) => setKnown(files),
      () => setKnown([]),
    );
  }, []);
  const here = new Set(sending.map(custodyId));
  const left = known
    .map((file) => live.get(file.id) ?? file)
    .filter(({ id, state }) => state === 'receiving' && !here.has(id));
  if (left.length === 0) return null;

  const cancel = async (file: OwnFile): Promise<void> => {
    const address = `/api/v1/uploads/${file.id}`;
    const answered = await fetch(address, { method: 'DELETE', headers: { 'Tus-Resumable': '1.0.0' } }).catch(
      () => null,
    );
    if (answered !== null && (answered.ok || answered.status === 410)) {
      forgetUpload(address);
      setKnown((before) => before.filter(({ id }) => id !== file.id));
      setFault(null);
    } else setFault(`${pathOf(file)} could not be cancelled. Nothing was changed. Try again.`);
  };
  return (
    <section>
      <h2>Not finished</h2>
      <p>
        These were begun and are not complete. What was sent is kept for two weeks. Choose the same file again
        and it goes on where it stopped; another file is not taken for it.
      </p>
      {fault === null ? null : (
        <p className="bad" role="alert">
          {fault}
        </p>
      )}
      <ul className="uploads">
        {left.map((file) => (
          <li key={file.id} className="card">
            <div className="row spread">
              <strong className="path">{pathOf(file)}</strong>
              <span className="quiet">
                {file.declaredSize === null ? 'begun' : `of ${sizeInWords(file.declaredSize)}, begun`}{' '}
                {timeInWords(file.startedAt)}
              </span>
            </div>
            {isKeptHere(owner, file.id) ? (
              <div className="row">
                <FileTrigger
                  onSelect={(list) =>
                    onChosen([...(list ?? [])].map((one) => ({ file: one, path: pathOf(file) })))
                  }
                >
                  <Button aria-label={`Choose the file to go on with ${pathOf(file)}`}>
                    Choose the file
                  </Button>
                </FileTrigger>
                <Button
                  className="plain"
                  aria-label={`Cancel: ${pathOf(file)}`}
                  onPress={() => void cancel(file)}
                >
                  Cancel
                </Button>
              </div>
            ) : (
              <p className="quiet">
                Begun in another browser or program: go on there. Sent from here, it begins anew.
              </p>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function pathOf({ folder, name }: OwnFile): string {
  return folder === '' ? name : `${folder}/${name}`;
}
