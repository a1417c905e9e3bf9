import { type ReactNode, useSyncExternalStore } from 'react';
import { Button, Label, ProgressBar } from 'react-aria-components';
import type { File as OwnFile } from '../api/types.ts';
import { useLiveFiles } from '../live/live-files.ts';
import { sizeInWords } from '../words/sizes.ts';
import { waitInWords } from '../words/times.ts';
import { type OwnDigest, onDigests, ownDigests } from './own-digests.ts';
import { custodyId, pauseOrResume, remove, retry, type Sending } from './uploader.ts';
import { Way } from './way.tsx';

/** Every file of this page, with how far it is and what can be done. */
export function UploadList({ files }: { readonly files: readonly Sending[] }): ReactNode {
  const live = useLiveFiles();
  const digests = useSyncExternalStore(onDigests, ownDigests);
  if (files.length === 0) return null;
  return (
    <section>
      <h2>Your files</h2>
      <ul className="uploads">
        {files.map((file) => (
          <Upload
            key={file.id}
            file={file}
            known={live.get(custodyId(file) ?? '') ?? null}
            digest={digests.get(file.id)}
          />
        ))}
      </ul>
    </section>
  );
}

function Upload({
  file,
  known,
  digest,
}: {
  readonly file: Sending;
  readonly known: OwnFile | null;
  readonly digest: OwnDigest;
}): ReactNode {
  const isSent = file.progress.uploadComplete === true;
  const path = file.meta.relativePath ?? file.meta.filename;
  return (
    <li className="card">
      <div className="row spread">
        <strong className="path">{path}</strong>
        <span className="quiet">{sizeInWords(file.size ?? 0)}</span>
      </div>
      {isSent ? <Way file={known} digest={digest} /> : <Progress file={file} path={path} />}
      {isSent ? null : <Actions file={file} path={path} />}
    </li>
  );
}

function Progress({ file, path }: { readonly file: Sending; readonly path: string }): ReactNode {
  const { bytesUploaded, bytesTotal, uploadStarted } = file.progress;
  const sent = typeof bytesUploaded === 'number' ? bytesUploaded : 0;
  const total = bytesTotal ?? file.size ?? 0;
  return (
    <>
      <ProgressBar
        value={total === 0 ? 0 : (sent / total) * 100}
        aria-label={`${path}, sent`}
        className="bar"
      >
        {({ percentage = 0, valueText }) => (
          <>
            <Label className="quiet">{progressInWords(file, sent, total, uploadStarted ?? null)}</Label>
            <span>{valueText}</span>
            <progress aria-hidden="true" max={100} value={percentage} />
          </>
        )}
      </ProgressBar>
      {file.error == null ? null : (
        <p className="bad" role="alert">
          {errorInWords(file)}
        </p>
      )}
    </>
  );
}

function progressInWords(file: Sending, sent: number, total: number, began: number | null): string {
  const far = `${sizeInWords(sent)} of ${sizeInWords(total)}`;
  if (file.error != null) return `${far} sent, then it stopped`;
  if (file.isPaused === true) return `Paused. ${far} sent`;
  if (began === null) return 'Waiting for its turn';
  const seconds = (Date.now() - began) / 1000;
  const speed = seconds > 0.5 ? sent / seconds : 0;
  if (speed === 0) return `Sending. ${far}`;
  return `Sending. ${far}, ${sizeInWords(speed)}/s, ${waitInWords(((total - sent) / speed) * 1000)} left`;
}

/** Our own answers say it in words; anything else is a connection that broke. */
function errorInWords(file: Sending): string {
  const [, json] = /response text: (\{.*\}), request id/s.exec(file.error ?? '') ?? [];
  try {
    const told = JSON.parse(json ?? '') as { readonly error: { readonly message: string } };
    return told.error.message;
  } catch {
    return 'The connection broke. What was sent is kept. Go on when you are connected again.';
  }
}

function Actions({ file, path }: { readonly file: Sending; readonly path: string }): ReactNode {
  const go = file.error == null ? () => pauseOrResume(file.id) : () => retry(file.id);
  const word = file.error == null && file.isPaused !== true ? 'Pause' : 'Go on';
  return (
    <div className="row">
      <Button aria-label={`${word}: ${path}`} onPress={go}>
        {word}
      </Button>
      <Button className="plain" aria-label={`Cancel: ${path}`} onPress={() => remove(file.id)}>
        Cancel
      </Button>
    </div>
  );
}
