/** Nothing that could name a second mailbox or a header. */
const ADDRESS = /^[^\s<>()[\]\\,;:"\p{C}]+@[^\s<>()[\]\\,;:"@\p{C}]+$/u;

/** What a mailer says of an address that is none. */
export const NO_ADDRESS = 'this is not an address that mail can be sent to';

/** Whether a text is the address of one mailbox, and nothing else. */
export function isMailAddress(text: string): boolean {
  return ADDRESS.test(text);
}
