import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { keyIdOf } from '../../core/custody/signed-document.ts';
import type { Zones } from '../../core/custody/zone-ports.ts';
import { formatBytes } from '../../core/kit/bytes.ts';
import { SECOND } from '../../core/kit/clock.ts';
import { inspectNativeBinding } from '../../doors/sftp/native-binding.ts';
import { clamdVersion } from '../../inspect/clamd.ts';
import { parseClamdAddress } from '../../inspect/clamd-connection.ts';
import { findRedisProgram } from '../../jobs/redis-process.ts';
import type { Config } from '../config/config.ts';
import type { WarnOfKey } from '../keys/key-fault.ts';
import { certificateKeyFile, receiptKeyFile } from '../keys/key-files.ts';
import {
  loadCertificatePublicKey,
  loadCheckpointSigner,
  loadHostKeys,
  loadOpsPassword,
  loadReceiptPublicKey,
  loadSecretBox,
} from '../keys/load-keys.ts';
import { readSecretFile } from '../keys/secret-file.ts';
import { scanOptions } from '../serve/scan-options.ts';
import { checkEncryptedAlert } from './check-encrypted-alert.ts';
import type { DoctorFinding } from './finding.ts';

/** Looks at what the daemon stands on: keys, scanner, queue server, disk room, doors. Only ever warns. */
export async function checkSurroundings(config: Config, zones: Zones): Promise<readonly DoctorFinding[]> {
  return [
    ...(await Promise.all([
      looking('keys', () => checkKeys(config)),
      looking('scanner', () => checkScanner(config)),
      looking('queue', () => checkQueue(config)),
      looking('room', () => checkRoom(zones)),
      looking('ssh-crypto', checkBinding),
    ])),
    ...unprotectedDoors(config),
  ];
}

/** A look returns what it saw; what it throws is the warning. */
async function looking(check: string, look: () => Promise<string>): Promise<DoctorFinding> {
  try {
    return { check, outcome: 'ok', detail: await look() };
  } catch (error) {
    return { check, outcome: 'warning', detail: error instanceof Error ? error.message : String(error) };
  }
}

async function checkKeys(config: Config): Promise<string> {
  const problems: string[] = [];
  const warn = ({ file, problem }: { readonly file: string; readonly problem: string }) =>
    void problems.push(`${file}: ${problem}`);
  await loadSecretBox(config, warn);
  await loadOpsPassword(config, warn);
  for (const side of new Set(config.doors.map((door) => door.side))) await loadHostKeys(config, side, warn);
  const receipts = await checkPair(
    'receipts',
    receiptKeyFile(config.keys),
    loadReceiptPublicKey(config),
    warn,
  );
  const certificates = await checkPair(
    'certificates',
    certificateKeyFile(config.keys),
    loadCertificatePublicKey(config),
    warn,
  );
  const checkpoints = (await loadCheckpointSigner(config, warn)).keyId;
  if (problems.length > 0) throw new Error(problems.join('; '));
  return `all there; receipts are signed by ${receipts}, certificates by ${certificates}, checkpoints by ${checkpoints}`;
}

/** Returns the id of a signing key. Throws when the public half that people verify with is of another. */
async function checkPair(
  what: string,
  file: string,
  publicKey: Promise<KeyObject>,
  warn: WarnOfKey,
): Promise<string> {
  const verifying = keyIdOf(await publicKey);
  const signing = keyIdOf(createPublicKey(createPrivateKey(await readSecretFile(file, warn))));
  if (signing !== verifying)
    throw new Error(`${what} are signed by ${signing}, the public key beside it is ${verifying}`);
  return signing;
}

async function checkScanner(config: Config): Promise<string> {
  const scan = scanOptions(config);
  if (scan === 'off') throw new Error('scan is off: files are admitted without a malware scan');
  const address = parseClamdAddress(scan.clamd);
  if (address === null) throw new Error(`"${scan.clamd}" is no address of clamd`);
  const clamd = { address, stall: 5 * SECOND, patience: 5 * SECOND };
  const version = await clamdVersion(clamd).catch((cause: unknown) => {
    throw new Error(`clamd does not answer at ${scan.clamd}: files wait in the airlock until it does`, {
      cause,
    });
  });
  await checkEncryptedAlert(clamd);
  return version;
}

async function checkQueue(config: Config): Promise<string> {
  if (config.queue.kind === 'managed') return `the daemon starts ${await findRedisProgram()}`;
  return 'the site runs its own Redis; /readyz of the daemon says whether it answers';
}

async function checkRoom(zones: Zones): Promise<string> {
  const room = await zones.airlock.room();
  if (room <= 0) throw new Error('no room is left for uploads: make room, or lower intake.keep_free');
  return `${formatBytes(room)} are left for uploads`;
}

async function checkBinding(): Promise<string> {
  const binding = inspectNativeBinding();
  if (binding.state !== 'loaded')
    throw new Error(`SFTP runs at about half its speed: ${binding.reason ?? binding.state}`);
  return 'the native crypto binding is sound';
}

function unprotectedDoors(config: Config): DoctorFinding[] {
  return config.doors
    .filter((door) => door.kind === 'portal' && door.behindProxy)
    .map((door) => ({
      check: 'tls',
      outcome: 'warning',
      detail: `the ${door.side} portal door trusts a proxy in front of it to speak TLS`,
    }));
}
