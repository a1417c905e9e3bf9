import { expect, test } from 'vitest';
import type { AuditEventType } from '../../../src/core/audit/events.ts';
import { FILE_STATES, type FileState, MOVES } from '../../../src/core/custody/states.ts';
import type { FileId } from '../../../src/core/kit/ids.ts';
import type { Scene } from '../conformance.ts';
import { addPerson, move, receive, theFile } from '../fixtures.ts';

const EVENTS = [...new Set<AuditEventType>(MOVES.map((legal) => legal.event))];

/** Every state to every state, with every event that any move writes. */
export function describeMatrix(scene: Scene): void {
  test.each(FILE_STATES)('from %s', async (from) => {
    const owner = await addPerson(scene.ledger, `m-${from}`);
    for (const to of FILE_STATES) {
      for (const event of EVENTS) {
        if (MOVES.some((legal) => legal.from === from && legal.to === to && legal.event === event)) {
          const id = await fileIn(from, `${to}-${event}`);
          await succeeds(id, from, to, event);
        }
      }
    }
    const id = await fileIn(from, 'stays');
    const file = await theFile(scene.ledger, id);
    const head = await scene.ledger.auditHead();
    const attempts = FILE_STATES.flatMap((to) => EVENTS.map((event) => ({ to, event })));
    const illegal = attempts.filter(
      ({ to, event }) =>
        !MOVES.some((legal) => legal.from === from && legal.to === to && legal.event === event),
    );
    const outcomes = await Promise.allSettled(
      illegal.map(({ to, event }) => scene.ledger.moveFile(move(id, from, to, event))),
    );
    expect(illegal.length).toBeGreaterThan(FILE_STATES.length);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toEqual([]);
    expect(await theFile(scene.ledger, id)).toEqual(file);
    expect(await scene.ledger.auditHead()).toEqual(head);

    async function fileIn(state: FileState, name: string): Promise<FileId> {
      const { id: made } = await receive(scene.ledger, owner, name);
      await scene.house.sql(`update files set state = '${state}' where id = '${made}'`);
      return made;
    }
  });

  async function succeeds(id: FileId, from: FileState, to: FileState, event: AuditEventType): Promise<void> {
    const { size } = await scene.ledger.auditHead();
    expect(await scene.ledger.moveFile(move(id, from, to, event)), `${from} → ${to}: ${event}`).toBe('moved');
    expect((await theFile(scene.ledger, id)).state).toBe(to);
    const rows = await scene.ledger.readAudit(size, 10);
    expect(rows.map((row) => JSON.parse(row.entry).type)).toEqual([event]);
  }
}
