import type { AnchorConfig, Config } from './config.ts';
import { section, variants } from './mapping-shapes.ts';
import { deadline, path } from './scalars.ts';
import type { Shape } from './shape.ts';
import { list, optional, ruled, word } from './value-shapes.ts';

const ANCHORS_FORM = 'a list such as [{ kind: file, path: /mnt/other/havengate.checkpoints }]';

const file = section({ kind: word('file'), path });

/** The keys that an anchor may have; anchors stand in a list, so the environment names none of them alone. */
export const ANCHOR_KEYS: readonly string[] = Object.keys(file.fields);

const anchors: Shape<readonly AnchorConfig[]> = ruled(
  {
    ...list(variants('kind', { file }), ANCHORS_FORM),
    absent: { kind: 'list', place: 'default', items: [] },
  },
  (all) => {
    const paths = all.map((anchor) => anchor.path);
    const twice = paths.find((one, i) => paths.indexOf(one) !== i);
    return twice === undefined ? null : `${twice} stands there twice`;
  },
);

/** Checkpoints of the audit log, and where copies of them go. */
export const audit: Shape<Config['audit']> = section({ checkpoint: optional(deadline, '5m'), anchors });
