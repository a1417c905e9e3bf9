import { readFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';

/**
 * What became of ssh2's native cipher binding, which makes SFTP about twice as fast.
 * `absent`: it was never built. `refused`: a file is there, but ssh2 runs without it, for the reason given.
 */
export interface NativeBinding {
  readonly state: 'loaded' | 'absent' | 'refused';
  readonly reason?: string;
}

/**
 * A binding compiled with the headers of Node 24.19 to 24.21 refers to this function, and may abort the whole
 * process when a cipher is collected after its connection ended (nodejs/node#65446, mscdex/ssh2#1511).
 */
const ABORTING_SYMBOL = 'RemoveEnvironmentCleanupHook';

const CRYPTO = 'ssh2/lib/protocol/crypto.js';
const BINDING = './crypto/build/Release/sshcrypto.node';

const binding = decide();

/**
 * Says whether ssh2 runs with its native binding. The decision is made, and enforced, when this module is
 * evaluated. So whatever imports ssh2 has `import './native-binding.ts';` above it: in this form, which formatters
 * leave in its place. Evaluated after an ssh2 that already took a refused binding, it throws, since nothing can
 * take the binding back.
 */
export function inspectNativeBinding(): NativeBinding {
  return binding;
}

function decide(): NativeBinding {
  const require = createRequire(createRequire(import.meta.url).resolve(CRYPTO));
  let file: string;
  try {
    file = require.resolve(BINDING);
  } catch {
    return { state: 'absent', reason: 'it has not been built' };
  }
  const known = require.cache[file];
  if (known !== undefined && known.exports === undefined) {
    return { state: 'refused', reason: 'it was refused earlier in this process' };
  }
  const reason = faultOf(file, require);
  if (reason === undefined) return { state: 'loaded' };
  if (known !== undefined)
    throw new Error(`ssh2 was imported before its native binding was checked: ${reason}`);
  hide(file, require);
  return { state: 'refused', reason };
}

function faultOf(file: string, require: NodeJS.Require): string | undefined {
  if (readFileSync(file).includes(ABORTING_SYMBOL)) {
    return `it refers to ${ABORTING_SYMBOL}, so it may abort the process`;
  }
  try {
    require(file);
  } catch (cause) {
    return `it does not load: ${cause instanceof Error ? cause.message : String(cause)}`;
  }
  return undefined;
}

/** ssh2 tries to require the binding and goes on without: an entry of the cache without exports makes it so. */
function hide(file: string, require: NodeJS.Require): void {
  const nothing = new Module(file);
  nothing.filename = file;
  nothing.loaded = true;
  nothing.exports = undefined;
  require.cache[file] = nothing;
}
