/** Runs clients of XAPI that others wrote, from the virtual environment that the set-up makes. */
import { join } from 'node:path';
import { run, tryRun } from '../../environment/command.ts';
import { stateDir } from '../../environment/paths.ts';
import type { Simulator } from '../simulator.ts';

const ENVIRONMENT = join(stateDir, 'xapi-clients');
const HERE = import.meta.dirname;

/** @returns what the script printed, which is JSON */
export async function runPython(script: string, simulator: Simulator): Promise<unknown> {
  const { user, password } = simulator.credentials;
  const printed = await run(join(ENVIRONMENT, 'bin/python'), [join(HERE, script), simulator.url(), user, password]);
  return JSON.parse(printed);
}

/** A playbook says itself what it expects, and fails where that is not so. @throws with all that it printed */
export async function runPlaybook(playbook: string, simulator: Simulator, variables: object = {}): Promise<void> {
  const { user, password } = simulator.credentials;
  const given = { url: simulator.url(), user, password, python: join(ENVIRONMENT, 'bin/python'), ...variables };
  const { code, stdout, stderr } = await tryRun(
    join(ENVIRONMENT, 'bin/ansible-playbook'),
    [join(HERE, playbook), '--extra-vars', JSON.stringify(given)],
    {
      env: {
        ...process.env,
        ANSIBLE_COLLECTIONS_PATH: ENVIRONMENT,
        ANSIBLE_LOCALHOST_WARNING: 'false',
        ANSIBLE_INVENTORY_UNPARSED_WARNING: 'false',
        ANSIBLE_HOME: join(ENVIRONMENT, 'ansible'),
        LC_ALL: 'C.UTF-8',
      },
    },
  );
  if (code !== 0) throw new Error(`${playbook}: exit code ${code}\n${stdout}\n${stderr}`);
}
