import { type ReactNode, useId } from 'react';

/** One thing to be done before somebody may transfer files, and whether it is. */
export function Step({
  title,
  isDone,
  children,
}: {
  readonly title: string;
  readonly isDone: boolean;
  readonly children: ReactNode;
}): ReactNode {
  const id = useId();
  return (
    <section className="card step" aria-labelledby={id}>
      <h2 id={id}>
        {title} <span className={isDone ? 'mark good' : 'mark bad'}>{isDone ? '✓ done' : 'missing'}</span>
      </h2>
      {children}
    </section>
  );
}
