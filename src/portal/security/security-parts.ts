import type { Me, Site } from '../api/types.ts';

/** What a part of the Security page works with; a change of what somebody has is looked up anew. */
export interface SecurityParts {
  readonly site: Site;
  readonly me: Me;
  readonly onChanged: () => Promise<void>;
}
