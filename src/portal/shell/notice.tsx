import type { ReactNode } from 'react';

/** Something that has to be read. It stays until it is no longer true; nothing important is told only for a moment. */
export function Notice({
  kind,
  children,
}: {
  readonly kind: 'good' | 'bad' | 'plain';
  readonly children: ReactNode;
}): ReactNode {
  return (
    <div className={`notice ${kind}`} role={kind === 'bad' ? 'alert' : 'status'}>
      {children}
    </div>
  );
}
