import type { ReactNode } from 'react';
import { Notice } from '../shell/notice.tsx';
import { PageLink } from '../shell/page-link.tsx';
import { useRoute } from '../shell/use-route.ts';
import { useGates } from './use-gates.ts';

/** Stands on every page but the one that says what is missing, for whoever may not transfer files now. */
export function GatesNotice(): ReactNode {
  const gates = useGates();
  const isHere = useRoute() === '/activate';
  if (gates === null || gates.mayTransfer || isHere) return null;
  return (
    <Notice kind="bad">
      You may not send, fetch or move files yet. What you have sent before is kept.{' '}
      <PageLink path="/activate">See what is missing</PageLink>
    </Notice>
  );
}
