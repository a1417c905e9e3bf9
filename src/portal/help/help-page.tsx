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
      <section>
        <h2>What if I do not have my token?</h2>
        <p>
          Choose “No token at hand” where you sign in. With your User ID, your password and a code that is
          mailed to you, you get an emergency code of 8 digits. Type it in the place of the code, here or over
          SFTP. It holds once, within 24 hours. If your token is lost, sign in with it and make a new one on
          the page Security.
        </p>
      </section>
      <section>
        <h2>What if I have forgotten my password?</h2>
        <p>
          {site.reset
            ? 'Choose “Forgotten your password?” where you sign in. A link is mailed to you, by which you set a new one; it takes a code of your token, or your security key, too.'
            : 'Ask the people who run this haven for a new one.'}
        </p>
      </section>
      <section>
        <h2>What if my security key, passkey or token is lost or stolen?</h2>
        <p>
          Sign in another way, with an emergency code if need be, and remove it on the page Security; after an
          emergency code make a new soft token first. If you cannot sign in, ask the data team to reset your
          account: then no token, key or session of yours opens anything any more, and you begin anew.
        </p>
      </section>
      <section>
        <h2>How do I get a soft token on a new phone?</h2>
        <p>
          On the page Security, choose “Make a new soft token”, scan the QR code with your authenticator app,
          and type the code that it shows. The old token works until then, and opens nothing afterwards.
          {site.pin ? ' You also choose a PIN, which you type right before each code, at every door.' : ''}
        </p>
      </section>
    </>
  );
}
