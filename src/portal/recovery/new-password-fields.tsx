import type { ReactNode } from 'react';
import { Input, Label, TextField } from 'react-aria-components';

/** The fields of a new password, `password` and `again`, and the name that a password manager keeps it under. */
export function NewPasswordFields({
  name,
  what,
}: {
  readonly name: string;
  /** How the password is called: `New password`. */
  readonly what: string;
}): ReactNode {
  return (
    <>
      <input type="hidden" name="username" autoComplete="username" value={name} />
      <TextField
        name="password"
        type="password"
        isRequired
        minLength={12}
        autoComplete="new-password"
        autoFocus
      >
        <Label>{what}, at least 12 characters</Label>
        <Input />
      </TextField>
      <TextField name="again" type="password" isRequired minLength={12} autoComplete="new-password">
        <Label>The password once more</Label>
        <Input />
      </TextField>
    </>
  );
}

/** The password of a form, if both fields say the same. Throws in words. */
export function chosenPassword(given: (name: string) => string): string {
  if (given('password') === given('again')) return given('password');
  throw new Error('The two passwords differ. Nothing was changed. Type them again.');
}
