/** Changes to a machine that runs: where its cards are plugged in, and its mark. */
import { DomainDeviceModify, DomainXml, type LibvirtClient } from 'node-libvirt';
import type { Drift, MachineInterface, MachineSpec } from '../../contract.ts';
import { DriverError } from '../../labels.ts';
import type { Target } from '../../owner.ts';
import { interfaceSource } from '../domain/build.ts';
import { sourceField } from '../domain/drift.ts';
import type { Left } from '../time.ts';
import { attribute, buildXml, child, children, parseXml, type XmlElement } from '../xml.ts';
import { readIdle, refused, type Fresh } from './fresh.ts';
import { runOf, writeMark } from './marking.ts';

export async function updateLive(
  client: LibvirtClient,
  target: Target,
  wanted: MachineSpec,
  drifts: readonly Drift[],
  left: Left,
): Promise<void> {
  const fields = new Set(drifts.filter(({ effect }) => effect === 'Live').map(({ field }) => field));
  const fresh = await readIdle(client, target, left);
  if (fields.size === 0) return;
  if (!fresh.active) throw refused(fresh, 'change');
  for (const card of wanted.interfaces.filter((one) => fields.has(sourceField(one)))) await plugOver(client, fresh, card, left);
  if (fields.has('owner')) await writeMark(client, fresh, { ...runOf(fresh.owner), ...wanted.owner }, left);
}

/** The definition and what runs hold the same card with different details, and each must be given its own back. */
async function plugOver(client: LibvirtClient, fresh: Fresh, card: MachineInterface, left: Left): Promise<void> {
  if (fresh.persistent) await plugOverIn(client, fresh, card, { xml: DomainXml.INACTIVE, modify: DomainDeviceModify.CONFIG }, left);
  await plugOverIn(client, fresh, card, { xml: 0, modify: DomainDeviceModify.LIVE }, left);
}

async function plugOverIn(
  client: LibvirtClient,
  { domain }: Fresh,
  card: MachineInterface,
  flags: { readonly xml: number; readonly modify: number },
  left: Left,
): Promise<void> {
  const definition = parseXml('domain', await client.domains.xml(domain, { flags: flags.xml, ...left() }));
  const mac = card.mac.toLowerCase();
  const found = children(child(definition, 'devices'), 'interface').find(
    (one) => attribute(child(one, 'mac'), 'address')?.toLowerCase() === mac,
  );
  if (found === undefined) throw new DriverError('Conflict', `machine ${domain.name} has no interface ${card.name} (${mac}) to change`);
  await client.domains.updateDevice(domain, buildXml('interface', pluggedInto(found, card)), { flags: flags.modify, ...left() });
}

/** What belongs to the old network (its port there) goes with it. */
function pluggedInto(found: XmlElement, { source }: MachineInterface): XmlElement {
  return { ...found, virtualport: undefined, ...interfaceSource(source) };
}
