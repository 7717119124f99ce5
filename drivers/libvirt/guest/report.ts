/** What a guest tells of itself, as its agent words it. Nothing of it is trusted: what is not of the shape is as if it were not said. */
import type { GuestFileSystem, GuestInterface, GuestOs, GuestReport } from '../../guest.ts';
import { DriverError } from '../../labels.ts';
import { type Agent, COMMAND_UNSUPPORTED } from './agent.ts';

/** Frozen, an agent tells its version and that, and refuses the rest. */
export async function readReport(agent: Agent): Promise<GuestReport> {
  // Every agent knows it: that it answers is what is to be found out first.
  const agentVersion = textIn(await agent.ask('guest-info'), 'version');
  const version = agentVersion === undefined ? {} : { agentVersion };
  const status = await told(agent, 'guest-fsfreeze-status');
  if (status === 'frozen') return { ...version, frozen: true };
  const hostname = textIn(await told(agent, 'guest-get-host-name'), 'host-name');
  const os = osOf(await told(agent, 'guest-get-osinfo'));
  const interfaces = interfacesOf(await told(agent, 'guest-network-get-interfaces'));
  const fileSystems = fileSystemsOf(await told(agent, 'guest-get-fsinfo'));
  return {
    ...version,
    ...(status === undefined ? {} : { frozen: false }),
    ...(hostname === undefined ? {} : { hostname }),
    ...(os === undefined ? {} : { os }),
    ...(interfaces === undefined ? {} : { interfaces }),
    ...(fileSystems === undefined ? {} : { fileSystems }),
  };
}

/** Undefined: this agent cannot tell it. */
async function told(agent: Agent, command: string): Promise<unknown> {
  try {
    return await agent.ask(command);
  } catch (error) {
    if (error instanceof DriverError && (error.reason === COMMAND_UNSUPPORTED || error.label === 'InvalidSpec')) return undefined;
    throw error;
  }
}

function osOf(answer: unknown): GuestOs | undefined {
  const id = textIn(answer, 'id');
  const name = textIn(answer, 'pretty-name') ?? textIn(answer, 'name');
  const version = textIn(answer, 'version-id');
  const kernel = textIn(answer, 'kernel-release');
  if ([id, name, version, kernel].every((part) => part === undefined)) return undefined;
  return {
    ...(id === undefined ? {} : { id }),
    ...(name === undefined ? {} : { name }),
    ...(version === undefined ? {} : { version }),
    ...(kernel === undefined ? {} : { kernel }),
  };
}

function interfacesOf(answer: unknown): readonly GuestInterface[] | undefined {
  return listOf(answer)?.flatMap((each) => {
    const name = textIn(each, 'name');
    const mac = textIn(each, 'hardware-address')?.toLowerCase();
    const addresses = (listOf(fieldOf(each, 'ip-addresses')) ?? []).flatMap((address) => textIn(address, 'ip-address') ?? []);
    return name === undefined ? [] : [{ name, ...(mac === undefined ? {} : { mac }), addresses }];
  });
}

function fileSystemsOf(answer: unknown): readonly GuestFileSystem[] | undefined {
  return listOf(answer)?.flatMap((each) => {
    const [mountpoint, type, device] = [textIn(each, 'mountpoint'), textIn(each, 'type'), textIn(each, 'name')];
    if (mountpoint === undefined || type === undefined) return [];
    const size = fieldOf(each, 'total-bytes');
    return [
      {
        mountpoint,
        type,
        ...(device === undefined ? {} : { device }),
        ...(typeof size === 'number' && Number.isSafeInteger(size) && size >= 0 ? { sizeBytes: size } : {}),
      },
    ];
  });
}

const listOf = (value: unknown): readonly unknown[] | undefined => (Array.isArray(value) ? (value as readonly unknown[]) : undefined);

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;

function textIn(value: unknown, name: string): string | undefined {
  const text = fieldOf(value, name);
  return typeof text === 'string' && text !== '' ? text : undefined;
}
