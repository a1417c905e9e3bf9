import './native-binding.ts';
import { createRequire } from 'node:module';
import { type AddedKeyExchange, hasMlKem, mlkem768x25519 } from './mlkem768x25519.ts';

/** The exchange that a computer to come does not undo either. */
const POST_QUANTUM = 'mlkem768x25519-sha256';

/** What scripts/patches gives to ssh2, which keeps its own key exchanges to itself. */
interface PatchedModule {
  readonly addKeyExchange?: (name: string, exchange: AddedKeyExchange) => void;
}

/**
 * Teaches ssh2 the key exchanges that it lacks, and returns their names: none where this Node cannot compute them.
 * May be called again. Throws when ssh2 is not patched: without the patch it would also announce wrong signature
 * algorithms.
 */
export function addKeyExchanges(): readonly string[] {
  const require = createRequire(import.meta.url);
  const { addKeyExchange } = require('ssh2/lib/protocol/kex.js') as PatchedModule;
  if (addKeyExchange === undefined)
    throw new Error('ssh2 is installed without the patch in scripts/patches: run scripts/install');
  if (!hasMlKem()) return [];
  addKeyExchange(POST_QUANTUM, mlkem768x25519);
  return [POST_QUANTUM];
}
