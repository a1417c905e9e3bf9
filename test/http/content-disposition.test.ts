import { describe, expect, test } from 'vitest';
import { contentDisposition } from '../../src/doors/http/api/content-disposition.ts';

describe('the name under which a browser saves a file', () => {
  test.each([
    ['results.csv', `attachment; filename="results.csv"; filename*=UTF-8''results.csv`],
    [
      '<script>alert(1)</script>.html',
      `attachment; filename="_script_alert(1)__script_.html"; filename*=UTF-8''%3Cscript%3Ealert%281%29%3C%2Fscript%3E.html`,
    ],
    [
      'a"; filename=b.exe',
      `attachment; filename="a__ filename_b.exe"; filename*=UTF-8''a%22%3B%20filename%3Db.exe`,
    ],
    [
      'a\r\nSet-Cookie: x',
      `attachment; filename="a__Set-Cookie_ x"; filename*=UTF-8''a%0D%0ASet-Cookie%3A%20x`,
    ],
    [
      "it's *ünïcode*",
      `attachment; filename="it_s __n_code_"; filename*=UTF-8''it%27s%20%2A%C3%BCn%C3%AFcode%2A`,
    ],
    ['\u202Efdp.exe', `attachment; filename="_fdp.exe"; filename*=UTF-8''%E2%80%AEfdp.exe`],
    ['half \ud800', `attachment; filename="half _"; filename*=UTF-8''half%20%EF%BF%BD`],
  ])('%j is one quoted text and one encoded one, whatever is in it', (name, header) => {
    expect(contentDisposition(name)).toBe(header);
  });
});
