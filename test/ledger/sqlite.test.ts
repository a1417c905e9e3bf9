import { openSqliteLedger } from '../../src/stores/ledger/sqlite-ledger.ts';
import { openThreadedLedger } from '../../src/stores/ledger/threaded-ledger.ts';
import { describeLedger } from './conformance.ts';
import { SqliteHouse } from './sqlite-house.ts';

describeLedger('SQLite in this thread', async () => new SqliteHouse(openSqliteLedger));
describeLedger('SQLite in a thread of its own', async () => new SqliteHouse(openThreadedLedger));
