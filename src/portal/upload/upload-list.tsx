import { memo, type ReactNode, useEffect, useState, useSyncExternalStore } from 'react';
import { Button, Label, ProgressBar } from 'react-aria-components';
import type { File as OwnFile } from '../api/types.ts';
import { awaitFile, useLiveFiles } from '../live/live-files.ts';
import { sizeInWords } from '../words/sizes.ts';
import { waitInWords } from '../words/times.ts';
import { type OwnDigest, onDigests, ownDigests } from './own-digests.ts';
import { speedOf } from './speeds.ts';
import {
  custodyId,
  pathOf,
  pauseAll,
  pauseOrResume,
  remove,
  resumeAll,
  retry,
  type Sending,
} from './uploader.ts';
import { Way } from './way.tsx';

/** Rows that are shown at first, and more each time somebody asks for them. */
const SHOWN = 50;
const MORE = 200;

/** Every file of this page, with how far it is and what can be done; of very many, those first that matter now. */
export function UploadList({ files }: { readonly files: readonly Sending[] }): ReactNode {
  const live = useLiveFiles();
  const digests = useSyncExternalStore(onDigests, ownDigests);
  const [shown, setShown] = useState(SHOWN);
  if (files.length === 0) return null;
  const known = (file: Sending): OwnFile | null => live.get(custodyId(file) ?? '') ?? null;
  const inOrder =
    files.length > SHOWN ? files.toSorted((a, b) => stage(a, known(a)) - stage(b, known(b))) : files;
  const stopped = files.filter((file) => isStopped(known(file))).length;
  return (
    <section>
      <h2>Your files</h2>
      {files.length > 1 ? <Together files={files} stopped={stopped} /> : null}
      <ul className="uploads">
        {inOrder.slice(0, shown).map((file) => (
          <Upload key={file.id} file={file} known={known(file)} digest={digests.get(file.id)} />
        ))}
      </ul>
      {files.length > shown ? (
        <p className="row">
          <span>{(files.length - shown).toLocaleString('en-GB')} more are not shown.</span>
          <Button onPress={() => setShown(shown + MORE)}>Show more</Button>
        </p>
      ) : null}
    </section>
  );
}

/** A check has stopped it, and its owner has something to do. */
function isStopped(file: OwnFile | null): boolean {
  return file?.state === 'held' || file?.state === 'quarantined';
}

/** What stands first: what has failed or was stopped, then what is being sent, waits, and is sent. */
function stage({ error, isPaused, progress }: Sending, known: OwnFile | null): number {
  if (error != null || isStopped(known)) return 0;
  if (progress.uploadComplete === true) return 4;
  if (isPaused === true) return 2;
  return progress.uploadStarted == null || progress.bytesUploaded === 0 ? 3 : 1;
}

/** How far all files are, together. */
function Together({
  files,
  stopped,
}: {
  readonly files: readonly Sending[];
  readonly stopped: number;
}): ReactNode {
  const left = files.filter(({ progress }) => progress.uploadComplete !== true);
  const total = sum(files, (file) => file.size ?? 0);
  const sent = total - sum(left, (file) => (file.size ?? 0) - sentOf(file));
  const speed = sum(left, ({ id }) => speedOf(id) ?? 0);
  const count = `${(files.length - left.length).toLocaleString('en-GB')} of ${files.length.toLocaleString('en-GB')} files sent`;
  const far = left.length === 0 ? sizeInWords(total) : `${sizeInWords(sent)} of ${sizeInWords(total)}`;
  const wait =
    speed === 0 ? '' : `, ${sizeInWords(speed)}/s, ${waitInWords(((total - sent) / speed) * 1000)} left`;
  const isPaused = left.length > 0 && left.every((file) => file.isPaused === true);
  return (
    <div className="row spread together">
      <p>
        {count}, {far}
        {wait}
        {stopped === 0 ? null : (
          <>
            . <span className="bad">{stopped.toLocaleString('en-GB')} held or quarantined</span>
          </>
        )}
      </p>
      {left.length === 0 ? null : (
        <Button onPress={isPaused ? resumeAll : pauseAll}>{isPaused ? 'Go on with all' : 'Pause all'}</Button>
      )}
    </div>
  );
}

function sum(files: readonly Sending[], of: (file: Sending) => number): number {
  return files.reduce((total, file) => total + of(file), 0);
}

function sentOf({ progress: { bytesUploaded } }: Sending): number {
  return typeof bytesUploaded === 'number' ? bytesUploaded : 0;
}

/** One file. It is drawn anew only when something about it has changed. */
const Upload = memo(function Upload({
  file,
  known,
  digest,
}: {
  readonly file: Sending;
  readonly known: OwnFile | null;
  readonly digest: OwnDigest;
}): ReactNode {
  const isSent = file.progress.uploadComplete === true;
  const path = pathOf(file);
  const id = custodyId(file);
  useEffect(() => (isSent && id !== null ? awaitFile(id) : undefined), [isSent, id]);
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
});

function Progress({ file, path }: { readonly file: Sending; readonly path: string }): ReactNode {
  const { bytesTotal, uploadStarted } = file.progress;
  const sent = sentOf(file);
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
  const speed = speedOf(file.id) ?? 0;
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
