import { BrokenPromise } from './broken-promise.ts';
import type { Haven } from './haven.ts';

/** Asks `havengate doctor`, on the live or the stopped installation. Throws when an invariant is broken. */
export async function askDoctor({ site, daemon }: Haven): Promise<void> {
  const where = daemon === null ? 'a stopped' : 'a live';
  await expectWell(
    `the doctor finds nothing broken on ${where} installation`,
    site.havengate('doctor', '--json'),
  );
}

/** Asks `havengate audit verify`, with its checkpoints and anchors. */
export async function verifyAudit({ site }: Haven): Promise<void> {
  await expectWell(
    'the audit log verifies with its checkpoints',
    site.havengate('audit', 'verify', '--json'),
  );
}

async function expectWell(promise: string, asked: ReturnType<Haven['site']['havengate']>): Promise<void> {
  const { code, stdout, stderr } = await asked;
  if (code !== 0) throw new BrokenPromise(promise, [`exit code ${code}`, stdout.trim(), stderr.trim()]);
}
