import type { AuthenticationType, ConnectConfig } from 'ssh2';
import type { OutsideDoor, Person } from './outside-door.ts';
import { connectSsh } from './raw-client.ts';

/** Answers keyboard-interactive, and notes what was asked, in rounds. */
export function typing(
  { name }: Pick<Person, 'name'>,
  answers: Readonly<Record<string, string>>,
  methods: AuthenticationType[],
): { readonly config: ConnectConfig; readonly asked: string[][] } {
  const asked: string[][] = [];
  const config: ConnectConfig = {
    username: name,
    authHandler: (left, _partial, next) => {
      const method = methods.shift();
      if (method === undefined || (left !== null && !left.includes(method))) return next(false as never);
      if (method === 'password')
        return next({ type: method, username: name, password: answers['Password: '] ?? '' });
      if (method !== 'keyboard-interactive') return next(method as never);
      return next({
        type: method,
        username: name,
        prompt: (_title, _instructions, _language, prompts, finish) => {
          asked.push(prompts.map(({ prompt }) => prompt));
          finish(prompts.map(({ prompt }) => answers[prompt] ?? ''));
        },
      });
    },
  };
  return { config, asked };
}

/** Whether somebody is let in. */
export async function comesInBy(
  door: OutsideDoor,
  person: Pick<Person, 'name'>,
  config: ConnectConfig,
): Promise<boolean> {
  try {
    const client = await connectSsh(door, null, { username: person.name, ...config });
    client.end();
    return true;
  } catch {
    return false;
  }
}
