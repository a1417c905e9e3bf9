import { type ReactNode, useState } from 'react';
import { Button } from 'react-aria-components';

/** A button for what nobody can take back: it asks once more, in its place. */
export function FinalButton({
  word,
  label,
  question,
  yes,
  onYes,
}: {
  readonly word: string;
  /** What it does and to what, for those who hear the buttons one by one. */
  readonly label: string;
  /** What comes of it, as a sentence. */
  readonly question: string;
  readonly yes: string;
  readonly onYes: () => void;
}): ReactNode {
  const [asks, setAsks] = useState(false);
  if (!asks) {
    return (
      <Button aria-label={label} onPress={() => setAsks(true)}>
        {word}
      </Button>
    );
  }
  return (
    <div className="row" role="group" aria-label={label}>
      <span>{question}</span>
      <Button
        autoFocus
        onPress={() => {
          setAsks(false);
          onYes();
        }}
      >
        {yes}
      </Button>
      <Button className="plain" onPress={() => setAsks(false)}>
        Keep it
      </Button>
    </div>
  );
}
