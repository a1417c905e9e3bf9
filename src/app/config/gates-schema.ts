import type { Config } from './config.ts';
import { section } from './mapping-shapes.ts';
import { deadline, path } from './scalars.ts';
import type { Shape } from './shape.ts';
import { list, mapped, optional, scalar, word } from './value-shapes.ts';

/** What a person must have done before they may transfer anything. */
type GatesConfig = Config['gates'];

const switchable = optional(
  mapped(word('off', 'on'), (written) => written === 'on'),
  'off',
);

const agreement: Shape<{ readonly file: string | null }> = optional(
  scalar('off, or the file of the text that people accept, such as ./agreement.txt', (written, reading) => {
    if (written === 'off') return { file: null };
    if (written === 'on') return null;
    const read = path.read({ kind: 'scalar', place: '', text: written }, '', reading);
    return read === null ? null : { file: read.value };
  }),
  'off',
);

const share = optional(
  scalar('"off": a gate of shares comes with a later version', (written) =>
    written === 'off' ? ('off' as const) : null,
  ),
  'off',
);

/** The gates of the site. */
export const gates: Shape<GatesConfig> = mapped(
  section({
    training: switchable,
    agreement,
    induction: switchable,
    share,
    warn: mapped(list(deadline, 'a list of durations such as [30d, 7d]', '30d, 7d'), (steps) =>
      [...new Set(steps)].sort((a, b) => b - a),
    ),
  }),
  ({ agreement, ...rest }) => ({ ...rest, agreementFile: agreement.file }),
);
