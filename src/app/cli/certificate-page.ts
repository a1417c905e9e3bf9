import type { CertificateBody } from '../../core/custody/retention/certificate.ts';
import { formatBytes } from '../../core/kit/bytes.ts';

/** What a certificate says, line by line, for people. */
export function certificateFacts(body: CertificateBody): [name: string, value: string | null][] {
  const { file, owner, medium } = body;
  return [
    ['certificate', body.certificateId],
    ['site', body.site],
    ['file', file.path],
    ['file id', file.id],
    ['size', `${formatBytes(file.size)} (${file.size} bytes)`],
    ['sha256', file.sha256 ?? 'never inspected'],
    ['owner', owner.name],
    ['received', body.receivedAt ?? 'never'],
    ['arrived', body.arrivedAt ?? 'never'],
    ['destroyed', body.destroyedAt],
    ['rule', body.rule],
    ['method', body.method],
    ['names left', body.linkCount === null ? 'not counted' : String(body.linkCount)],
    ['encryption', medium.encryption],
    ['snapshots', medium.snapshots],
    ['backups', medium.backups],
  ];
}

const STYLE = `
  body { font: 11pt/1.5 Georgia, serif; color: #111; background: #fff; max-width: 44rem; margin: 3rem auto; padding: 0 1rem }
  h1 { font-size: 1.5rem; margin-bottom: 0 }
  table { border-collapse: collapse; width: 100%; margin: 1.5rem 0 }
  th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid #bbb }
  th { font-weight: normal; color: #444; white-space: nowrap }
  td { overflow-wrap: anywhere }
  @page { margin: 2cm }
  @media print { body { margin: 0; max-width: none } }`;

/** A page of its own that can be printed: no script, nothing from elsewhere, every value escaped. */
export function certificatePage(body: CertificateBody, keyId: string): string {
  const rows = [...certificateFacts(body), ['signed by', keyId] as const].map(
    ([name, value]) => `<tr><th scope="row">${escape(name)}</th><td>${escape(value ?? '')}</td></tr>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Certificate of destruction ${escape(body.certificateId)}</title>
<style>${STYLE}
</style>
</head>
<body>
<main>
<h1>Certificate of destruction</h1>
<p>${escape(body.site)}</p>
<p>The last name that we know of the file below was unlinked at the time given. This is what we did and what we know;
what is said of the medium is as the site has stated it, and no more is claimed.</p>
<table>
${rows.join('\n')}
</table>
<p>This page was made from a signed certificate whose signature was checked. The page itself is not signed: keep the
certificate (JSON), and check it with <code>havengate certificate verify</code> and the public key of the site.</p>
</main>
</body>
</html>
`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Markup, and characters that turn the direction of text or cannot be seen, as what they are. */
function escape(text: string): string {
  return (
    text
      .replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character)
      // oxlint-disable-next-line no-control-regex
      .replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, '\u{fffd}')
  );
}
