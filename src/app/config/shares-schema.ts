import type { ShareConfig } from './config.ts';
import { section } from './mapping-shapes.ts';
import { shareFileMode, text } from './scalars.ts';
import type { Shape } from './shape.ts';
import { list, mapped, optional, orNull, ruled, scalar } from './value-shapes.ts';

/** Every share that is not named. */
export const EVERY_OTHER = '*';

/** What holds for every other share where the site has said nothing. */
const USUAL: ShareConfig = { name: EVERY_OTHER, group: null, mode: 0o660 };

const shareName = scalar('the name of a share, or "*"', (written) =>
  written === EVERY_OTHER || /^[a-z0-9][a-z0-9._-]{0,63}$/.test(written) ? written : null,
);

const one: Shape<ShareConfig> = section({
  name: shareName,
  group: orNull(text),
  mode: optional(shareFileMode, '0660'),
});

/** The keys that a share may have; shares stand in a list, so the environment names none of them alone. */
export const SHARE_KEYS: readonly string[] = Object.keys(one.fields);

const listed = ruled(list(one, 'a list of shares, each with a name'), (all) => {
  const names = all.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  return twice === undefined ? null : `"${twice}" stands there twice`;
});

/** Mode and group of what is in shares. */
export const shares: Shape<readonly ShareConfig[]> = {
  ...mapped(listed, (all) => (all.some(({ name }) => name === EVERY_OTHER) ? all : [USUAL, ...all])),
  absent: { kind: 'list', place: 'default', items: [] },
};
