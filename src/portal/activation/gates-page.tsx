import type { ReactNode } from 'react';
import { Notice } from '../shell/notice.tsx';
import { PageLink } from '../shell/page-link.tsx';
import { GateSteps } from './gate-steps.tsx';
import { useGates } from './use-gates.ts';

/** For whoever is signed in: what this haven asks before files may be transferred, and what of it is missing. */
export function GatesPage(): ReactNode {
  const gates = useGates();
  if (gates === null) return <p className="quiet">Loading…</p>;
  return (
    <>
      <h1>Before you start</h1>
      <p className="lead">
        What this haven asks of everybody before they send, fetch or move files. It holds from the moment that
        it is recorded.
      </p>
      <GateSteps gates={gates} />
      {gates.mayTransfer ? (
        <Notice kind="good">
          Nothing is missing: you may transfer files. <PageLink path="/upload">Go to Upload</PageLink>
        </Notice>
      ) : null}
    </>
  );
}
