import type { AccountId } from '../../src/core/kit/ids.ts';
import { openSqliteLedger } from '../../src/stores/ledger/sqlite-ledger.ts';
import { openThreadedLedger } from '../../src/stores/ledger/threaded-ledger.ts';
import { start } from './fixtures.ts';

// A process of its own that works on a ledger: node ledger-writer.ts FILE OWNER WHAT
const [file = '', person = '', what = ''] = process.argv.slice(2);

const owner = person as AccountId;

if (what === 'forever') {
  const ledger = await openThreadedLedger({ file });
  for (let i = 0; ; i++) console.log((await start(ledger, owner, `f-${i}`)).id);
}

const ledger = await openSqliteLedger({ file });
if (what === 'make') await ledger.writeMark('made', 'yes');
else if (what === 'totp') console.log(await ledger.consumeTotpStep(owner, 77));
else for (let i = 0; i < 100; i++) await start(ledger, owner, `${what}-${i}`);
await ledger.close();
