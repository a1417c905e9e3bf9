import type { Keyring } from '../../core/audit/keyring.ts';
import type { Config } from '../config/config.ts';

/** The keyring that `--key` names, else the installation's own. Throws `KeyFault`. */
export async function ringFor(key: string | undefined, config: () => Promise<Config>): Promise<Keyring> {
  const { loadCheckpointKeyring, readKeyring } = await import('../keys/load-keys.ts');
  return key === undefined ? loadCheckpointKeyring(await config()) : readKeyring(key);
}
