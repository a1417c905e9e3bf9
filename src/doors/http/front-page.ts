import type { Side } from '../../core/accounts/account.ts';

/** The page at `/`: says what this is and how to use it. Refers to nothing elsewhere and holds nothing of anybody. */
export function frontPage(side: Side): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Havengate</title></head>
<body>
<main>
<h1>Havengate</h1>
${side === 'outside' ? OUTSIDE : INSIDE}
<p>The API is described at <a href="/api/v1/openapi.json">/api/v1/openapi.json</a>.</p>
</main>
</body>
</html>
`;
}

const OUTSIDE = `<p>This is the outside door of a data safe haven. What you send here is checked and then appears in your
Arrivals folder inside.</p>
<p>Upload with any tus 1.0 client to <code>/api/v1/uploads</code>, with an access token as
<code>Authorization: Bearer</code> and the file’s name as <code>filename</code> in the metadata. An upload that was
interrupted goes on where it stopped.</p>`;

const INSIDE = `<p>This is the inside door of a data safe haven. Files that arrived for you are in your Arrivals folder,
over SFTP or a mounted drive.</p>`;
