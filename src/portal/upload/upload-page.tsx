import { type ReactNode, useEffect, useState, useSyncExternalStore } from 'react';
import { Button, DropZone, FileTrigger, Heading, Text } from 'react-aria-components';
import type { Me, Site } from '../api/types.ts';
import { Notice } from '../shell/notice.tsx';
import { sizeInWords } from '../words/sizes.ts';
import { type Chosen, chosenFiles, droppedFiles } from './dropped-files.ts';
import { Unfinished } from './unfinished.tsx';
import { UploadList } from './upload-list.tsx';
import { onUploads, send, uploads } from './uploader.ts';
import { warningsAbout } from './warnings.ts';

/** Where files are sent. It stays when another page is shown, so that uploads go on. */
export function UploadPage({
  site,
  me,
  isShown,
}: {
  readonly site: Site;
  readonly me: Me;
  readonly isShown: boolean;
}): ReactNode {
  const all = useSyncExternalStore(onUploads, uploads);
  const [warnings, setWarnings] = useState<readonly string[]>([]);
  const [isTaking, setIsTaking] = useState(false);
  const sending = all.filter(({ meta }) => meta.owner === me.name);
  useWarningBeforeLeaving(all.some(({ progress }) => progress.uploadComplete !== true));

  const take = async (chosen: readonly Chosen[]): Promise<void> => {
    setIsTaking(true);
    try {
      const told = await warningsAbout(site, chosen);
      setWarnings(told);
      const refused = await send(
        me.name,
        chosen.filter(({ file }) => file.size <= site.largest),
      );
      setWarnings([...told, ...refused]);
    } finally {
      setIsTaking(false);
    }
  };

  if (!isShown) return null;
  return (
    <>
      <h1>Upload</h1>
      <p className="lead">
        Files are received, checked, and then appear in your Arrivals folder inside the haven. They are
        destroyed {site.retention.arrivals} days after they arrived.
      </p>
      <DropZone className="drop" onDrop={({ items }) => void droppedFiles(items).then(take)}>
        <Heading level={2} slot="label">
          Drop files or folders here
        </Heading>
        <Text className="quiet">or choose them. Up to {sizeInWords(site.largest)} each.</Text>
        <div className="row">
          <FileTrigger allowsMultiple onSelect={(list) => void take(chosenFiles(list))}>
            <Button className="primary">Choose files</Button>
          </FileTrigger>
          <FileTrigger acceptDirectory onSelect={(list) => void take(chosenFiles(list))}>
            <Button>Choose a folder</Button>
          </FileTrigger>
        </div>
      </DropZone>
      {warnings.length === 0 ? null : (
        <Notice kind="bad">
          <ul>
            {warnings.map((warning) => (
              <li key={warning}>{warning}</li>
            ))}
          </ul>
          <Button onPress={() => setWarnings([])}>I have read this</Button>
        </Notice>
      )}
      {isTaking ? (
        <p className="quiet" role="status">
          Looking at what you chose…
        </p>
      ) : null}
      <UploadList files={sending} />
      <Unfinished owner={me.name} sending={sending} onChosen={(chosen) => void take(chosen)} />
    </>
  );
}

/** Browsers ask before they close a page that is still sending. */
function useWarningBeforeLeaving(isSending: boolean): void {
  useEffect(() => {
    if (!isSending) return undefined;
    const warn = (event: BeforeUnloadEvent): void => event.preventDefault();
    window.addEventListener('beforeunload', warn);
    return () => window.removeEventListener('beforeunload', warn);
  }, [isSending]);
}
