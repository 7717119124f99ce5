/** Cards into and out of a machine that runs, in what runs and in its definition. */
import { DomainDeviceModify, LibvirtError, type LibvirtClient } from 'node-libvirt';
import type { MachineInterface } from '../../contract.ts';
import { DriverError } from '../../labels.ts';
import { interfaceElement, interfaceSource } from '../domain/build.ts';
import { interfaceAlias } from '../domain/names.ts';
import type { Left } from '../time.ts';
import { attribute, buildXml, child, children, type XmlElement } from '../xml.ts';
import { readBoth, type Both } from './both.ts';
import type { Fresh } from './fresh.ts';
import { releases } from './release.ts';

type Flags = (typeof DomainDeviceModify)['LIVE' | 'CONFIG'];

/** Of the interfaces named, those of `wanted` are put in or plugged over, and all others taken out. Each is tried, whatever becomes of the others. */
export async function meetInterfaces(
  client: LibvirtClient,
  fresh: Fresh,
  wanted: readonly MachineInterface[],
  names: ReadonlySet<string>,
  left: Left,
): Promise<void> {
  const failures: unknown[] = [];
  for (const name of names) {
    const card = wanted.find((one) => one.name === name);
    try {
      await (card === undefined ? takeOut(client, fresh, name, left) : putIn(client, fresh, card, left));
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

/** A card of another MAC is another card. What runs first: a definition with a card that cannot be had would not start the next time. */
async function putIn(client: LibvirtClient, fresh: Fresh, card: MachineInterface, left: Left): Promise<void> {
  const isOther = (found: XmlElement | undefined): boolean => found !== undefined && macOf(found) !== card.mac.toLowerCase();
  const before = await readBoth(client, fresh, left);
  if (isOther(cardIn(before.next, card.name, card.mac)) || isOther(cardIn(before.live, card.name, card.mac)))
    await takeOut(client, fresh, card.name, left);
  const now = await readBoth(client, fresh, left);
  await meet(client, fresh, card, cardIn(now.live, card.name, card.mac), DomainDeviceModify.LIVE, left);
  if (fresh.persistent) await meetDefinition(client, fresh, card, now, left);
}

/** Where the running card is on its bus, if that is free: the guest finds it there after a restart. */
async function meetDefinition(client: LibvirtClient, fresh: Fresh, card: MachineInterface, { next }: Both, left: Left): Promise<void> {
  const found = cardIn(next, card.name, card.mac);
  if (found !== undefined) return meet(client, fresh, card, found, DomainDeviceModify.CONFIG, left);
  const { live } = await readBoth(client, fresh, left);
  const address = child(cardIn(live, card.name, card.mac), 'address');
  const attach = (element: XmlElement): Promise<void> =>
    client.domains.attachDevice(fresh.domain, cardXml(element), { flags: DomainDeviceModify.CONFIG, ...left() });
  try {
    await attach({ ...interfaceElement(card), address });
  } catch (error) {
    if (address === undefined || !(error instanceof LibvirtError)) throw error;
    await attach(interfaceElement(card));
  }
}

async function meet(
  client: LibvirtClient,
  { domain }: Fresh,
  card: MachineInterface,
  found: XmlElement | undefined,
  flags: Flags,
  left: Left,
): Promise<void> {
  if (found === undefined) return client.domains.attachDevice(domain, cardXml(interfaceElement(card)), { flags, ...left() });
  return client.domains.updateDevice(domain, cardXml(pluggedInto(found, card)), { flags, ...left() });
}

/** What belongs to the old network (its port there) goes with it. */
function pluggedInto(found: XmlElement, { source }: MachineInterface): XmlElement {
  return { ...found, virtualport: undefined, ...interfaceSource(source) };
}

async function takeOut(client: LibvirtClient, fresh: Fresh, name: string, left: Left): Promise<void> {
  const { domain } = fresh;
  const { next, live } = await readBoth(client, fresh, left);
  const [defined, running] = [cardIn(next, name), cardIn(live, name)];
  if (defined !== undefined) await client.domains.detachDevice(domain, cardXml(defined), { flags: DomainDeviceModify.CONFIG, ...left() });
  if (running === undefined) return;
  const isThere = (now: XmlElement | undefined): boolean => cardIn(now, name) !== undefined;
  if (await releases(client, domain, cardXml(running), isThere, left)) return;
  throw new DriverError('Conflict', `the guest of machine ${domain.name} has not let go of interface ${name}: it is asked again`, {
    reason: 'NotReleased',
  });
}

/** By its alias, or its MAC where somebody else made it. */
const cardIn = (definition: XmlElement | undefined, name: string, mac?: string): XmlElement | undefined => {
  const cards = children(child(definition, 'devices'), 'interface');
  return cards.find((card) => aliasOf(card) === interfaceAlias(name)) ?? cards.find((card) => macOf(card) === mac?.toLowerCase());
};
const aliasOf = (card: XmlElement): string | undefined => attribute(child(card, 'alias'), 'name');

const macOf = (card: XmlElement): string | undefined => attribute(child(card, 'mac'), 'address')?.toLowerCase();
const cardXml = (card: XmlElement): string => buildXml('interface', card);
