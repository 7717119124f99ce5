/** What may happen to the agents in guests: they come and go, they are asked, and what they hold back is let go. */
import { generateKeyPairSync } from 'node:crypto';
import { memoryAgent } from '../memory-agent.ts';
import type { Play } from './play.ts';
import { act, edit, type Operation } from './say.ts';

const publicKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' }).toString();

const onAgents = (hangs: boolean) => (play: Play) => {
  for (const { agent } of play.world.machines()) if (agent !== undefined) agent.hangs = hangs;
};

export const GUEST_OPERATIONS: Readonly<Record<string, Operation>> = {
  'agents run in the guests': (play) => {
    for (const machine of play.world.machines()) machine.agent ??= memoryAgent({ agentVersion: '7.2', hostname: 'demo' });
  },
  'agents hang': onAgents(true),
  'agents answer': onAgents(false),
  'agents are gone': (play) => {
    for (const machine of play.world.machines()) delete machine.agent;
  },
  'its agent is read': edit({ guestAgent: 'Enabled' }),
  'its agent is left alone': edit({ guestAgent: 'Disabled' }),
  'its agent is asked by actions only': edit({ guestAgent: null }),
  'a password is asked for': act({ action: 'SetPassword', setPassword: { publicKey } }),
  'a password of a secret that is missing is asked for': act({
    action: 'SetPassword',
    setPassword: { passwordSecretKeyRef: { name: 'missing', key: 'k' } },
  }),
  'a file is asked for': act({ action: 'InjectFile', injectFile: { path: '/etc/motd', text: 'hello' } }),
  'network info is asked for': act({ action: 'InjectNetworkInfo' }),
  'metadata is asked for': act({ action: 'InjectMetadata' }),
  'a reset of the network is asked for': act({ action: 'ResetNetwork' }),
  'its counters are asked for': act({ action: 'Diagnostics' }),
  'a freeze is asked for': act({ action: 'Freeze', freeze: { timeout: '30s' } }),
  'a thaw is asked for': act({ action: 'Thaw' }),
};
