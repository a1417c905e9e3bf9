import { activationRoutes } from './activation-routes.ts';
import type { ApiParts } from './api-parts.ts';
import type { ApiRoute } from './api-route.ts';
import { downloadRoutes } from './download-routes.ts';
import { eventRoutes } from './event-routes.ts';
import { fileRoutes } from './file-routes.ts';
import { gateRoutes } from './gate-routes.ts';
import { hardTokenRoutes } from './hard-token-routes.ts';
import { keySignInRoutes } from './key-sign-in-routes.ts';
import { reconnectionRoutes } from './reconnection-routes.ts';
import { recoveryRoutes } from './recovery-routes.ts';
import { securityKeyRoutes } from './security-key-routes.ts';
import { securityRoutes } from './security-routes.ts';
import { signInRoutes } from './sign-in-routes.ts';
import { siteRoutes } from './site-routes.ts';
import { tokenRoutes } from './token-routes.ts';

/** All routes of the API beside tus, of one side: what was released is had outside. */
export function apiRoutes(parts: ApiParts): readonly ApiRoute[] {
  return [
    ...siteRoutes(parts),
    ...signInRoutes(parts),
    ...keySignInRoutes(parts),
    ...recoveryRoutes(parts),
    ...fileRoutes(parts),
    ...(parts.side === 'outside' ? downloadRoutes(parts) : []),
    ...eventRoutes(parts),
    ...activationRoutes(parts),
    ...gateRoutes(parts),
    ...securityRoutes(parts),
    ...reconnectionRoutes(parts),
    ...securityKeyRoutes(parts),
    ...hardTokenRoutes(parts),
    ...tokenRoutes(parts),
  ];
}
