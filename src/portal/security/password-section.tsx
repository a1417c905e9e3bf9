import { type FormEvent, type ReactNode, useState } from 'react';
import { Button, Input, Label, TextField } from 'react-aria-components';
import { ask } from '../api/ask.ts';
import { Notice } from '../shell/notice.tsx';

/** Changing the password, with the present one and a code. */
export function PasswordSection(): ReactNode {
  const [told, setTold] = useState<{ readonly kind: 'good' | 'bad'; readonly words: string } | null>(null);

  const change = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const form = event.currentTarget;
    const given = new FormData(form);
    try {
      await ask('POST', '/password', {
        current: given.get('current'),
        code: given.get('code'),
        next: given.get('next'),
      });
      form.reset();
      setTold({ kind: 'good', words: 'Your password is changed. Your other browsers were signed out.' });
    } catch (error) {
      setTold({ kind: 'bad', words: error instanceof Error ? error.message : String(error) });
    }
  };

  return (
    <section>
      <h2>Password</h2>
      {told === null ? null : <Notice kind={told.kind}>{told.words}</Notice>}
      <form className="card" onSubmit={(event) => void change(event)}>
        <TextField name="current" type="password" isRequired autoComplete="current-password">
          <Label>Present password</Label>
          <Input />
        </TextField>
        <TextField name="next" type="password" isRequired minLength={12} autoComplete="new-password">
          <Label>New password, at least 12 characters</Label>
          <Input />
        </TextField>
        <TextField name="code" isRequired inputMode="numeric" autoComplete="one-time-code">
          <Label>A fresh code</Label>
          <Input />
        </TextField>
        <Button type="submit">Change the password</Button>
      </form>
    </section>
  );
}
