import type { Command } from 'commander';
import { examples } from './examples.ts';
import { CONSOLE, type Installation, warnOnTerminal, withInstallation } from './installation.ts';
import { orRefuse } from './refusal.ts';
import { facts } from './table.ts';
import type { Terminal } from './terminal.ts';

/** `havengate audit checkpoint` and `rotate-key`: what signs the log. */
export function addCheckpointVerbs(noun: Command, terminal: Terminal): void {
  addCheckpoint(noun, terminal);
  addRotateKey(noun, terminal);
}

function addCheckpoint(noun: Command, terminal: Terminal): void {
  noun
    .command('checkpoint')
    .description('sign size and root of the log as it is, and print that; the anchors get it too')
    .addHelpText('after', () => examples('havengate audit checkpoint >>/mnt/stick/havengate.checkpoints'))
    .action(async (_options: unknown, command: Command) => {
      const [{ signCheckpoint }, { loadCheckpointSigner }] = await Promise.all([
        import('../../core/audit/sign-checkpoint.ts'),
        import('../keys/load-keys.ts'),
      ]);
      const signed = await withInstallation(command, terminal, async (installation) => {
        const { config, ledger, clock } = installation;
        const signer = await loadCheckpointSigner(config, warnOnTerminal(terminal));
        const checkpoint = orRefuse(await signCheckpoint({ ledger, clock, signer }, CONSOLE));
        return { ...checkpoint, anchors: await writeAnchors(installation, terminal) };
      });
      const { size, root, note, isNew, anchors } = signed;
      await terminal.answer({ size, root, isNew, checkpoint: note, anchors }, note);
    });
}

function addRotateKey(noun: Command, terminal: Terminal): void {
  noun
    .command('rotate-key')
    .description('make a new key for checkpoints; the old one signs once more, that the new one takes over')
    .addHelpText('after', () => examples('havengate audit rotate-key'))
    .action(async (_options: unknown, command: Command) => {
      const [{ rotateCheckpointKey }, { checkpointKeyringFile }] = await Promise.all([
        import('../init/rotate-checkpoint-key.ts'),
        import('../keys/key-files.ts'),
      ]);
      const rotated = await withInstallation(command, terminal, async (installation) => {
        const rotation = orRefuse(await rotateCheckpointKey(installation, CONSOLE, warnOnTerminal(terminal)));
        await writeAnchors(installation, terminal);
        return { ...rotation, keyring: checkpointKeyringFile(installation.config.keys) };
      });
      const { old, next, size, keyring } = rotated;
      terminal.note(`give the new ${keyring} to those who verify checkpoints`);
      await terminal.answer(
        { log: next.name, oldKey: old.keyId, newKey: next.keyId, size, keyring },
        facts([
          ['log', next.name],
          ['new key', next.keyId],
          ['old key', `${old.keyId}, whose last checkpoint has ${size} rows`],
        ]),
      );
    });
}

/** Brings the anchors up to the newest checkpoint; one that fails is told, and written by the daemon later. */
async function writeAnchors({ config, ledger, clock }: Installation, terminal: Terminal) {
  const [{ createAnchors }, { newestCheckpoint }, { loadCheckpointKeyring }] = await Promise.all([
    import('../anchors/create-anchors.ts'),
    import('../../core/audit/sign-checkpoint.ts'),
    import('../keys/load-keys.ts'),
  ]);
  const newest = await newestCheckpoint(ledger);
  if (newest === null) return [];
  const ring = await loadCheckpointKeyring(config);
  const anchors = createAnchors(config, { ledger, clock }, warnOnTerminal(terminal));
  const states = await Promise.all(anchors.map((one) => one.write(newest, ring)));
  for (const state of states) if ('why' in state) terminal.note(`warning: ${state.place}: ${state.why}`);
  return states;
}
