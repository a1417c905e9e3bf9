import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Extents } from '../../src/core/custody/extents.ts';

/** The same thing, slowly: one flag for each byte. */
class FlaggedBytes {
  bytes: boolean[] = [];
  add(start: number, end: number): void {
    for (let i = start; i < end; i++) this.bytes[i] = true;
  }
  truncate(size: number): void {
    this.bytes = this.bytes.slice(0, size);
  }
  get contiguous(): number {
    const gap = Array.from(this.bytes, (flag) => flag === true).indexOf(false);
    return gap === -1 ? this.bytes.length : gap;
  }
  get end(): number {
    return this.bytes.lastIndexOf(true) + 1;
  }
}

describe('the extents of an upload', () => {
  test('agree with a flag for each byte, whatever the order of writes and cuts', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('add'), at: fc.nat(60), length: fc.nat(20) }),
      fc.record({ kind: fc.constant('truncate'), at: fc.nat(80), length: fc.constant(0) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const [extents, flags] = [new Extents(0), new FlaggedBytes()];
        for (const { kind, at, length } of steps) {
          for (const one of [extents, flags]) {
            if (kind === 'add') one.add(at, at + length);
            else one.truncate(at);
          }
          expect([extents.contiguous, extents.end]).toEqual([flags.contiguous, flags.end]);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('begin with what a resumed upload has', () => {
    const extents = new Extents(100);
    extents.add(150, 200);
    expect([extents.contiguous, extents.end]).toEqual([100, 200]);
    extents.add(100, 150);
    expect([extents.contiguous, extents.end]).toEqual([200, 200]);
  });
});
