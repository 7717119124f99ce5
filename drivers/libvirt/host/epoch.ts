/**
 * A token that lives exactly as long as the daemon: a secret that libvirt keeps in memory only.
 *
 * libvirt says neither when it started nor when its host booted, and it forgets why a machine ended when it restarts. The
 * secret holds nothing; its UUID is the token. All replicas share one: libvirt refuses a second secret for the same use, so
 * whoever comes second finds the first one's. Where secrets are a daemon of their own (virtsecretd) the token is that
 * daemon's: it may change without need, and survive a restart of virtqemud alone.
 */
import { randomUUID } from 'node:crypto';
import { ErrorCode, isLibvirtError, type LibvirtClient } from 'node-libvirt';
import type { Left } from '../time.ts';
import { buildXml, child, parseXml, textOf } from '../xml.ts';
import type { Virtualization } from './virtualization.ts';

export interface Epoch {
  readonly bootId: string;
  /** Found out once in the life of a daemon, since it takes starting a guest. */
  readonly virtualization: Virtualization;
}

const USAGE_ID = 'hostler.dev/epoch';
/** libvirt has no kind of secret for uses of others; this one is only a name, looked at by nobody but who names it. */
const USAGE_TYPE = 'tls';
const DESCRIPTION = /^Hostler: marks this run of the daemon\. KVM: (works|none|broken|unproven)(?: \((.*)\))?$/s;

export async function epochOf(client: LibvirtClient, probe: () => Promise<Virtualization>, left: Left): Promise<Epoch> {
  const found = await findEpoch(client, left);
  if (found?.virtualization.kind === 'Unproven') return { ...found, virtualization: await probe() };
  if (found !== undefined) return found;
  const virtualization = await probe();
  try {
    const { uuid } = await client.secrets.define(epochXml(virtualization), left());
    return { bootId: uuid, virtualization };
  } catch (error) {
    const first = await findEpoch(client, left);
    if (first !== undefined) return first;
    // A daemon without secrets: every connection is an epoch of its own, which errs on the side of looking again.
    if (isLibvirtError(error, ErrorCode.NO_SUPPORT)) return { bootId: randomUUID(), virtualization };
    throw error;
  }
}

async function findEpoch(client: LibvirtClient, left: Left): Promise<Epoch | undefined> {
  try {
    const secret = (await client.secrets.list(left())).find(({ usageId }) => usageId === USAGE_ID);
    if (secret === undefined) return undefined;
    const description = textOf(child(parseXml('secret', await client.secrets.xml(secret, left())), 'description'));
    const [, kvm = '', message = ''] = DESCRIPTION.exec(description) ?? [];
    return { bootId: secret.uuid, virtualization: virtualizationOf(kvm, message) };
  } catch (error) {
    if (isLibvirtError(error, ErrorCode.NO_SECRET, ErrorCode.NO_SUPPORT)) return undefined;
    throw error;
  }
}

function virtualizationOf(kvm: string, message: string): Virtualization {
  switch (kvm) {
    case 'works':
      return { kind: 'Hardware' };
    case 'none':
      return { kind: 'None' };
    case 'broken':
      return { kind: 'Broken', message };
    default:
      return { kind: 'Unproven', message };
  }
}

function epochXml(virtualization: Virtualization): string {
  const kvm = { Hardware: 'works', None: 'none', Broken: 'broken', Unproven: 'unproven' }[virtualization.kind];
  const message = 'message' in virtualization ? ` (${virtualization.message})` : '';
  return buildXml('secret', {
    '@ephemeral': 'yes',
    '@private': 'yes',
    uuid: randomUUID(),
    description: `Hostler: marks this run of the daemon. KVM: ${kvm}${message}`,
    usage: { '@type': USAGE_TYPE, name: USAGE_ID },
  });
}
