/** Nothing that could name a second mailbox or a header. */
const ADDRESS = /^[^\s<>()[\]\\,;:"\p{C}]+@[^\s<>()[\]\\,;:"@\p{C}]+$/u;

/** Whether a text is the address of one mailbox, and nothing else. */
export function isMailAddress(text: string): boolean {
  return ADDRESS.test(text);
}
