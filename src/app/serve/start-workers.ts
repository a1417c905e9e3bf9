import type { Custody, Intake } from '../../core/custody/custody.ts';
import { type Millis, SECOND } from '../../core/kit/clock.ts';
import type { Logger } from '../../core/kit/logger.ts';
import { createInspector } from '../../inspect/inspector.ts';
import { startWorkers } from '../../jobs/workers.ts';
import type { Config } from '../config/config.ts';
import { createMailer } from '../create-mailer.ts';
import { makeCertificateKey } from '../init/make-keys.ts';
import type { WarnOfKey } from '../keys/key-fault.ts';
import { loadCertificateSigner, loadReceiptSigner } from '../keys/load-keys.ts';
import { systemClock } from '../system-clock.ts';
import type { Closing } from './closing.ts';
import { type HandlerParts, jobHandlers } from './handlers.ts';
import { scanOptions } from './scan-options.ts';
import type { QueuePlace } from './start-queue.ts';

/** How long jobs get to end when the daemon stops; one that is cut off comes back. */
const DRAIN: Millis = 8 * SECOND;

/** Starts the workers, which alone open the signing keys and the mail; what they work with is returned. */
export async function startCustodyWorkers(
  config: Config,
  intake: Intake,
  queue: QueuePlace,
  parts: HandlerParts,
  log: Logger,
  closing: Closing,
): Promise<Custody> {
  const inspector = createInspector({ scan: scanOptions(config), clock: systemClock, log });
  closing.later('inspector', () => inspector.close());
  const warn: WarnOfKey = (problem) => log.warn('key-readable', { ...problem });
  const receipts = await loadReceiptSigner(config, warn);
  if (await makeCertificateKey(config.keys)) log.warn('certificate-key-made', { keys: config.keys });
  const certificates = await loadCertificateSigner(config, warn);
  const mailer = await createMailer(config, warn);
  const custody: Custody = { ...intake, inspector, receipts, certificates, mailer };
  const workers = startWorkers({
    server: queue.server,
    alone: queue.alone,
    handlers: jobHandlers(custody, parts),
    log,
  });
  closing.later('workers', async () => {
    const end = await workers.stop(DRAIN);
    if (end === 'forced') log.warn('workers-cut-off', { after: DRAIN });
  });
  return custody;
}
