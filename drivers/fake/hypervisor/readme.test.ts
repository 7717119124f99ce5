/** The examples of the README are taken by the fake. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { control } from './control.ts';
import { parseScript } from './script.ts';
import { manualTimers } from './timers.testing.ts';
import { World } from './world.ts';

const readme = readFileSync(join(import.meta.dirname, '..', 'README.md'), 'utf8');
const world = () => new World(manualTimers(), () => undefined);

test('the script', () => {
  const [, json = ''] = /```json\n(.*?)```/s.exec(readme) ?? [];
  expect(() => world().addScript(parseScript(JSON.parse(json)))).not.toThrow();
});

test('the control commands', () => {
  const given = [...readme.matchAll(/--control '(.*?)'$/gm), ...readme.matchAll(/echo '\{"control":(.*)\}' \|/g)].map(
    ([, json = '']) => json,
  );
  expect(given).toHaveLength(2);
  const answers = given.map((json) => control(world(), JSON.parse(json)));
  expect(answers).toEqual([{ controlError: 'host host-a has no machine vm-1' }, { control: {} }]);
});
