import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { run } from './command.ts';
import { clearEnvironments, leftOver } from './left-overs.ts';
import { shortHash } from './names.ts';
import { testDir } from './paths.ts';
import { findProcesses } from './processes.ts';

const dir = join(testDir, 'left-overs');

/** A run of its own that starts a host with a cable and says so, then waits to be killed. */
const program = `
  import { becomeOwner } from '${import.meta.dirname}/processes.ts';
  import { Lab } from '${import.meta.dirname}/lab.ts';
  becomeOwner();
  await Lab.start('${dir}');
  process.stdout.write('started');
  setInterval(() => undefined, 1000);
`;

let child: ChildProcess | undefined;
afterEach(() => {
  child?.kill('SIGKILL');
});

const daemons = () => findProcesses(join(dir, 'a'), 'libvirtd');

test('what a killed run left is cleared, and not before it is killed', async () => {
  child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout ?? child, 'data');
  await clearEnvironments(dir, leftOver);
  expect(daemons()).not.toEqual([]);

  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(daemons()).not.toEqual([]);

  expect(await clearEnvironments(dir, leftOver)).toContain(`libvirtd of ${join(dir, 'b')}`);
  expect(daemons()).toEqual([]);
  expect(await run('ip', ['-brief', 'link'])).not.toContain(shortHash(dir));
}, 60_000);
