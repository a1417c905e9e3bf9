import type { ReactNode } from 'react';
import type { File as OwnFile } from '../api/types.ts';
import { stateInWords } from '../words/states.ts';
import { timeInWords } from '../words/times.ts';
import type { OwnDigest } from './own-digests.ts';

const STEPS = ['Received', 'Checked', 'In Arrivals'] as const;

/** How many steps of its way a file has behind it. */
function stepsDone(file: OwnFile | null): number {
  if (file === null) return 1;
  if (file.arrivedAt !== null || file.reason === 'same-bytes') return 3;
  return file.sha256 === null || file.state === 'receiving' ? 1 : 2;
}

/** What becomes of a file after its last byte, as it happens, until it can be had inside. */
export function Way({
  file,
  digest,
}: {
  readonly file: OwnFile | null;
  readonly digest: OwnDigest;
}): ReactNode {
  const done = stepsDone(file);
  const { words, mood } =
    file === null ? { words: 'Received and safe', mood: 'waiting' } : stateInWords(file);
  return (
    <>
      <ol className="way" aria-hidden="true">
        {STEPS.map((step, i) => (
          <li key={step} className={i < done ? 'done' : ''}>
            {step}
          </li>
        ))}
      </ol>
      {/* The steps say it to the eye as long as all goes well. */}
      <p className={mood === 'bad' ? 'bad' : 'hidden'} role="status">
        {words}
      </p>
      {file?.explanation == null ? null : <p>{file.explanation}</p>}
      {file === null ? null : <Comparison file={file} digest={digest} />}
      {file?.arrivedAt == null ? null : <Arrived file={file} />}
    </>
  );
}

function Comparison({ file, digest }: { readonly file: OwnFile; readonly digest: OwnDigest }): ReactNode {
  if (file.sha256 === null) return null;
  if (digest === undefined) return <p className="quiet">Computing the digest of your copy, to compare it…</p>;
  if ('fault' in digest) return <p className="bad">Your copy could not be read again: {digest.fault}</p>;
  if (digest.sha256 !== file.sha256) {
    return (
      <p className="bad" role="alert">
        Your copy and ours differ. Ours is kept. Your file was changed while it was sent, or damaged: keep
        yours, and send it again.
      </p>
    );
  }
  return (
    <p className="good">
      Your copy and ours are identical. <code className="digest">SHA-256 {file.sha256}</code>
    </p>
  );
}

function Arrived({ file }: { readonly file: OwnFile }): ReactNode {
  return (
    <p>
      {file.expiresAt === null ? null : <>It is kept until {timeInWords(file.expiresAt)}. </>}
      <a href={`/api/v1/files/${file.id}/receipt`} download>
        Download the receipt
      </a>
    </p>
  );
}
