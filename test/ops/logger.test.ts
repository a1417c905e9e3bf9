import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createLogger } from '../../src/ops/logger.ts';

function loggerForTest(level: 'debug' | 'info' | 'warn' | 'error' | 'silent' = 'debug') {
  const lines: string[] = [];
  const log = createLogger({ level, destination: { write: (line) => void lines.push(line) } });
  return { log, lines, last: (): Record<string, unknown> => JSON.parse(lines.at(-1) ?? '{}') };
}

describe('the logger', () => {
  test('writes one JSON line per event', () => {
    const { log, lines } = loggerForTest();
    log.info('file-received', { file: 'file_01', size: 3 });
    log.warn('line\nbreak', { text: 'a\nb\u2028c\u0007' });
    expect(lines).toHaveLength(2);
    for (const line of lines) expect(line).toMatch(/^\{[^\n]*\}\n$/);
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      level: 'info',
      event: 'file-received',
      file: 'file_01',
      size: 3,
    });
  });

  test('tells an error with its stack, code and causes', () => {
    const { log, last } = loggerForTest();
    const cause = Object.assign(new Error('no space left'), { code: 'ENOSPC' });
    log.error('write-failed', { error: new Error('could not write', { cause }) });
    expect(last()['error']).toMatchObject({
      message: 'could not write',
      stack: expect.stringContaining('logger.test.ts'),
      cause: { message: 'no space left', code: 'ENOSPC' },
    });
  });

  test.each([
    'password',
    'newPassword',
    'token',
    'accessToken',
    'secret',
    'client_secret',
    'code',
    'otp',
    'Authorization',
    'cookie',
  ])('shows no value of %s, at any depth', (name) => {
    const { log, lines } = loggerForTest();
    log.info('planted', { [name]: 'hunter2', deep: [{ [name]: { value: 'hunter2' } }] });
    expect(lines.join('')).not.toContain('hunter2');
    expect(lines.join('')).toContain('[redacted]');
  });

  test('keeps what only sounds like a secret', () => {
    const { log, last } = loggerForTest();
    log.info('token-used', { tokenId: 'tokn_01', how: 'password+token' });
    expect(last()).toMatchObject({ tokenId: 'tokn_01', how: 'password+token' });
  });

  test('shows no bytes, and not the end of long texts', () => {
    const { log, lines, last } = loggerForTest();
    log.info('bytes', { chunk: Buffer.from('patient data'), text: 'x'.repeat(100_000) });
    expect(last()['chunk']).toBe('[12 bytes]');
    expect(lines.join('').length).toBeLessThan(10_000);
  });

  test('survives anything that is given to it', () => {
    const { log, last } = loggerForTest();
    const loop: Record<string, unknown> = {};
    loop['self'] = loop;
    log.info('odd', {
      loop,
      big: 10n,
      when: new Date(0),
      never: new Date(Number.NaN),
      gone: undefined,
      call: () => 1,
    });
    expect(last()).toMatchObject({ event: 'odd', big: '10', when: '1970-01-01T00:00:00.000Z', never: null });
    log.info('trap', {
      get thrown() {
        throw new Error('a getter that throws');
      },
    });
    expect(last()).toMatchObject({ event: 'trap' });
  });

  test('lets no field take the place of its own', () => {
    const { log, last } = loggerForTest();
    log.info('real', { event: 'forged', level: 'error', time: 'never' });
    expect(last()).toMatchObject({
      event: 'real',
      level: 'info',
      event_: 'forged',
      level_: 'error',
      time_: 'never',
    });
  });

  test('keeps quiet below its level', () => {
    const { log, lines } = loggerForTest('warn');
    log.debug('a');
    log.info('b');
    log.warn('c');
    expect(lines).toHaveLength(1);
  });

  test('loses no line when the process ends at once', async () => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'logging-child.ts')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
    await once(child, 'close');
    const lines = text.trimEnd().split('\n');
    expect(lines).toHaveLength(5000);
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ event: 'counted', n: 4999 });
  });
});
