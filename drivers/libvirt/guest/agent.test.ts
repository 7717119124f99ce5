/** What libvirt says of agents, and what is made of it. The words are those of libvirt 9.0 and QEMU's agent 7.2. */
import { expect, test } from '@jest/globals';
import { ErrorCode, LibvirtError, type LibvirtClient } from 'node-libvirt';
import { ownTime } from '../time.ts';
import { Agent } from './agent.ts';
import { readReport } from './report.ts';

const failure = (code: keyof typeof ErrorCode, message: string): LibvirtError =>
  new LibvirtError({ code: ErrorCode[code], domain: 10, level: 2, message, int1: 0, int2: 0 }, 'x');

type Answer = unknown;
const asked: { readonly command: string; readonly seconds: number | undefined }[] = [];

function agentThat(answer: (command: string) => Answer, timeoutMs = 8_000): Agent {
  asked.length = 0;
  const agentCommand = async (_: unknown, text: string, { agentTimeoutSeconds }: { agentTimeoutSeconds?: number }): Promise<string> => {
    const command = (JSON.parse(text) as { execute: string }).execute;
    asked.push({ command, seconds: agentTimeoutSeconds });
    const given = answer(command);
    if (given instanceof Error) throw given;
    return JSON.stringify({ return: given });
  };
  return new Agent({ qemu: { agentCommand } } as unknown as LibvirtClient, 'uuid', ownTime(timeoutMs));
}

test.each([
  ['AGENT_UNRESPONSIVE', 'Guest agent is not responding: QEMU guest agent is not connected', 'Transient/AgentNotAvailable'],
  ['ARGUMENT_UNSUPPORTED', 'QEMU guest agent is not configured', 'Transient/AgentNotAvailable'],
  ['AGENT_UNRESPONSIVE', 'Guest agent is not responding: Guest agent not available for now', 'Transient/AgentNotResponding'],
  ['AGENT_UNRESPONSIVE', 'Guest agent is not responding: Guest agent disappeared while executing command', 'Transient/AgentNotResponding'],
  ['AGENT_UNSYNCED', 'Guest agent replied with wrong id to guest-sync command', 'Transient/AgentNotResponding'],
  [
    'INTERNAL_ERROR',
    "unable to execute QEMU agent command 'guest-exec': Command guest-exec has been disabled",
    'Unsupported/AgentCommandUnsupported',
  ],
  [
    'INTERNAL_ERROR',
    "unable to execute QEMU agent command 'guest-x': The command guest-x has not been found",
    'Unsupported/AgentCommandUnsupported',
  ],
  ['INTERNAL_ERROR', "unable to execute QEMU agent command 'guest-file-open': failed to open file '/x/y'", 'InvalidSpec/GuestRefused'],
] as const)('%s: %s', async (code, message, expected) => {
  const outcome = await agentThat(() => failure(code, message))
    .ask('guest-ping')
    .catch(({ label, reason }: { label: string; reason: string }) => `${label}/${reason}`);
  expect(outcome).toBe(expected);
});

test('what is no matter of the agent is left as it is', async () => {
  const gone = failure('NO_DOMAIN', 'Domain not found');
  await expect(agentThat(() => gone).ask('guest-ping')).rejects.toBe(gone);
});

test('libvirt is to give up on the agent before the caller gives up on the host', async () => {
  await agentThat(() => ({})).ask('guest-ping');
  expect(asked).toEqual([{ command: 'guest-ping', seconds: 5 }]);
  await agentThat(() => ({}), 3_500).ask('guest-ping');
  expect(asked).toEqual([{ command: 'guest-ping', seconds: 2 }]);
  await expect(agentThat(() => ({}), 1_500).ask('guest-ping')).rejects.toMatchObject({ reason: 'AgentNotResponding' });
  expect(asked).toEqual([]);
});

test('a report is made of what the agent knows and what is of the shape', async () => {
  const agent = agentThat((command) => {
    switch (command) {
      case 'guest-info':
        return { version: '7.2.22', supported_commands: [] };
      case 'guest-fsfreeze-status':
        return 'thawed';
      case 'guest-get-host-name':
        return { 'host-name': 'web' };
      case 'guest-get-osinfo':
        return failure('INTERNAL_ERROR', "unable to execute QEMU agent command 'guest-get-osinfo': The command has not been found");
      case 'guest-network-get-interfaces':
        return [
          {
            name: 'eth0',
            'hardware-address': '52:54:00:AA:BB:CC',
            'ip-addresses': [{ 'ip-address': '192.0.2.1', prefix: 24 }, { 'ip-address': 7 }, null],
          },
          { name: 5 },
          'x',
        ];
      default:
        return [
          { mountpoint: '/', type: 'ext4', name: 'vda1', 'total-bytes': 1024 },
          { mountpoint: '/x', type: 'nfs', 'total-bytes': -1 },
          {},
        ];
    }
  });
  expect(await readReport(agent)).toEqual({
    agentVersion: '7.2.22',
    frozen: false,
    hostname: 'web',
    interfaces: [{ name: 'eth0', mac: '52:54:00:aa:bb:cc', addresses: ['192.0.2.1'] }],
    fileSystems: [
      { mountpoint: '/', type: 'ext4', device: 'vda1', sizeBytes: 1024 },
      { mountpoint: '/x', type: 'nfs' },
    ],
  });
});

test('one that is frozen is asked no more', async () => {
  const agent = agentThat((command) => (command === 'guest-info' ? { version: '7' } : 'frozen'));
  expect([await readReport(agent), asked.length]).toEqual([{ agentVersion: '7', frozen: true }, 2]);
});

test('one that falls silent on the way has told nothing', async () => {
  const hung = failure('AGENT_UNRESPONSIVE', 'Guest agent is not responding: Guest agent not available for now');
  await expect(readReport(agentThat((command) => (command === 'guest-info' ? { version: '7' } : hung)))).rejects.toMatchObject({
    reason: 'AgentNotResponding',
  });
});
