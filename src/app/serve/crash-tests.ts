import { FAILPOINTS, onFailpoint } from '../../core/kit/failpoint.ts';

/**
 * For crash tests only: kills the process at the failpoint that `HAVENGATE_TEST_FAILPOINT` names, as a power cut
 * would. Throws when the name is not one, so that a test cannot pass by waiting for a step that is not there.
 */
export function installCrashTest(environment: NodeJS.ProcessEnv): void {
  const name = environment['HAVENGATE_TEST_FAILPOINT'];
  if (name === undefined) return;
  if (!FAILPOINTS.some((point) => point === name)) throw new Error(`there is no failpoint "${name}"`);
  onFailpoint((point) => {
    if (point === name) process.kill(process.pid, 'SIGKILL');
  });
}
