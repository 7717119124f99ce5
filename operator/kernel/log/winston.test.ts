import { expect, test } from '@jest/globals';
import { PassThrough } from 'node:stream';
import { ApiError } from '../api/errors.ts';
import type { LogLevel } from './logger.ts';
import { winstonLogger } from './winston.ts';

function makeLog(level: LogLevel) {
  const stream = new PassThrough();
  const log = winstonLogger(level, stream);
  const lines = (): readonly Record<string, unknown>[] =>
    String(stream.read() ?? '')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { log, lines };
}

test('one JSON object a line, with the fields of every parent', () => {
  const { log, lines } = makeLog('info');
  log.child({ controller: 'widgets' }).child({ reconcileId: '1' }).info('Pass', { took: 3 });
  expect(lines()).toEqual([
    { level: 'info', ts: expect.stringMatching(/^20/), message: 'Pass', controller: 'widgets', reconcileId: '1', took: 3 },
  ]);
});

test('what is below the level is not written', () => {
  const { log, lines } = makeLog('warn');
  log.info('no');
  log.debug('no');
  log.warn('yes');
  log.error('yes too');
  expect(lines().map(({ message }) => message)).toEqual(['yes', 'yes too']);
});

test('errors are shown with what tells them apart, causes included; a mistake with its stack', () => {
  const { log, lines } = makeLog('info');
  log.error('Failed', { error: new ApiError('PATCH /x: 409', { code: 409, reason: 'Conflict', cause: new TypeError('inner') }) });
  const [line] = lines();
  expect(line).toMatchObject({
    error: { name: 'ApiError', message: 'PATCH /x: 409', code: 409, reason: 'Conflict', cause: { message: 'inner' } },
  });
  expect(line?.['error']).not.toHaveProperty('stack');
  expect(line).toMatchObject({ error: { cause: { stack: expect.stringContaining('TypeError') } } });
});

test('what looks like a secret is not written, however deep it lies', () => {
  const { log, lines } = makeLog('info');
  log.info('Asks', { headers: { Authorization: 'Bearer abc', accept: 'json' }, user: { password: 'x' }, token: 't', secretName: 'shown' });
  expect(lines()[0]).toMatchObject({
    headers: { Authorization: '[hidden]', accept: 'json' },
    user: { password: '[hidden]' },
    token: '[hidden]',
    secretName: 'shown',
  });
});
