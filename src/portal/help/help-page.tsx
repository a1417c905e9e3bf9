import type { ReactNode } from 'react';
import type { Site } from '../api/types.ts';
import { sizeInWords } from '../words/sizes.ts';

/** What people ask, with this site's own numbers. */
export function HelpPage({ site }: { readonly site: Site }): ReactNode {
  const { scan, retention } = site;
  return (
    <>
      <h1>Help</h1>
      <section>
        <h2>How do I get files in?</h2>
        <p>
          Go to Upload, and drop files or a folder there or choose them. Each file is received, checked, and
          then appears in your Arrivals folder inside the haven. It may take a while after the last byte,
          depending on its size. The largest file that is taken has {sizeInWords(site.largest)}.
        </p>
      </section>
      <section>
        <h2>What if my connection breaks, or I close the browser?</h2>
        <p>
          What was sent is kept. While the page is open, an upload goes on by itself. After you have closed
          it, choose the same file again in the same browser within two weeks: it goes on where it stopped. A
          file that is not the same is not taken for it.
        </p>
      </section>
      <section>
        <h2>How long are files kept?</h2>
        <p>
          In Arrivals for {retention.arrivals} days from the day they arrived, then they are destroyed. Move
          them to a share before that. What was released to you can be downloaded for {retention.outbound}{' '}
          days.
        </p>
      </section>
      <section>
        <h2>What is checked?</h2>
        {scan.on ? (
          <p>
            Every file is scanned for malware.
            {scan.upTo === null ? null : ` Files above ${sizeInWords(scan.upTo)} cannot be scanned.`} What
            cannot be scanned is{' '}
            {scan.tooLarge === 'hold' ? 'held until the data team has decided' : 'admitted with a label'}.
          </p>
        ) : (
          <p>This haven does not scan files for malware, and every receipt says so.</p>
        )}
      </section>
      <section>
        <h2>How do I know that it is the same file?</h2>
        <p>
          While a file is sent, your browser computes its SHA-256. The page compares it with ours and says so,
          and the receipt that you can download has it, with a signature.
        </p>
      </section>
    </>
  );
}
