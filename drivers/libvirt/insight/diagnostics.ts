/** What a host counts of a machine: libvirt's bulk statistics of one domain, and which of its devices each number is of. */
import { GetAllDomainStats, type LibvirtClient, type TypedParams, type TypedValue } from 'node-libvirt';
import type { CpuCounters, Diagnostics, DiskCounters, InterfaceCounters } from '../../insight.ts';
import { diskOfAlias, nameOfInterfaceAlias } from '../domain/names.ts';
import { idOfVolumeAlias } from '../domain/volumes.ts';
import { notFound, readFresh, refused, type Fresh } from '../machines/fresh.ts';
import type { Left } from '../time.ts';
import { attribute, child, children, parseXml, type XmlElement } from '../xml.ts';

/** A busy machine is not waited for: what it cannot tell now is absent. */
export async function readDiagnostics(client: LibvirtClient, machineId: string, left: Left): Promise<Diagnostics> {
  const { domain } = await readOn(client, machineId, left);
  const [[record], xml] = await Promise.all([
    client.domains.stats({ domains: [domain], flags: GetAllDomainStats.NOWAIT, ...left() }),
    client.domains.xml(domain, left()),
  ]);
  if (record === undefined) throw notFound(machineId);
  return diagnosticsOf(record.params, xml);
}

/** A machine that is on. */
export async function readOn(client: LibvirtClient, machineId: string, left: Left): Promise<Fresh> {
  const fresh = await readFresh(client, machineId, left);
  if (fresh === undefined) throw notFound(machineId);
  if (!fresh.active) throw refused(fresh, 'look into');
  return fresh;
}

/** `xml` is the definition of what runs. Names: https://libvirt.org/html/libvirt-libvirt-domain.html#virConnectGetAllDomainStats */
export function diagnosticsOf(params: TypedParams, xml: string): Diagnostics {
  const devices = child(parseXml('domain', xml), 'devices');
  const at = (name: string): number | undefined => numberOf(params[name]);
  const kib = (name: string): number | undefined => times(at(name), 1024);
  return {
    memory: present({
      maximumBytes: kib('balloon.maximum'),
      usedBytes: kib('balloon.current'),
      residentBytes: kib('balloon.rss'),
    }),
    cpus: cpusOf(params, at),
    disks: disksOf(params, at, devices),
    interfaces: interfacesOf(params, at, devices),
    raw: Object.fromEntries(Object.entries(params).map(([name, value]) => [name, String(value)])),
  };
}

type At = (name: string) => number | undefined;

/** They have gaps where CPUs are switched off. */
function cpusOf(params: TypedParams, at: At): Diagnostics['cpus'] {
  const ids = Object.keys(params).flatMap((name) => /^vcpu\.(\d+)\.state$/.exec(name)?.[1] ?? []);
  return ids.map((id) => cpuOf(Number(id), times(at(`vcpu.${id}.time`), 1e-6)));
}

const cpuOf = (id: number, timeMs: number | undefined): CpuCounters => ({ id, ...present({ timeMs }) });

function disksOf(params: TypedParams, at: At, devices: XmlElement | undefined): readonly DiskCounters[] {
  const names = new Map(children(devices, 'disk').map((disk) => [targetOf(disk), nameOfDisk(disk)]));
  const nameOf = (target: string): string => names.get(target) ?? target;
  return numbered(params, 'block', at).map((block) => diskOf(nameOf(String(params[`${block}.name`])), (count) => at(`${block}.${count}`)));
}

const diskOf = (name: string, at: At): DiskCounters => ({
  name,
  ...present({
    readBytes: at('rd.bytes'),
    readRequests: at('rd.reqs'),
    writeBytes: at('wr.bytes'),
    writeRequests: at('wr.reqs'),
    errors: at('errors'),
  }),
});

function interfacesOf(params: TypedParams, at: At, devices: XmlElement | undefined): readonly InterfaceCounters[] {
  const cards = new Map(children(devices, 'interface').map((card) => [targetOf(card), card]));
  return numbered(params, 'net', at).flatMap((net) => {
    const card = cards.get(String(params[`${net}.name`]));
    const mac = attribute(child(card, 'mac'), 'address')?.toLowerCase();
    // It was plugged in or out in this very moment.
    return mac === undefined ? [] : interfaceOf(mac, card, (count) => at(`${net}.${count}`));
  });
}

const interfaceOf = (mac: string, card: XmlElement | undefined, at: At): InterfaceCounters => ({
  mac,
  ...present({
    name: nameOfInterfaceAlias(attribute(child(card, 'alias'), 'name')),
    rxBytes: at('rx.bytes'),
    rxPackets: at('rx.pkts'),
    rxErrors: at('rx.errs'),
    rxDrops: at('rx.drop'),
    txBytes: at('tx.bytes'),
    txPackets: at('tx.pkts'),
    txErrors: at('tx.errs'),
    txDrops: at('tx.drop'),
  }),
});

/** `block.0`, `block.1`, ...: as many as the host says, of those that have a name. */
const numbered = (params: TypedParams, group: string, at: At): readonly string[] =>
  Array.from({ length: Math.min(at(`${group}.count`) ?? 0, MOST) }, (_, index) => `${group}.${index}`).filter(
    (prefix) => params[`${prefix}.name`] !== undefined,
  );
const MOST = 1024;

const targetOf = (device: XmlElement): string => attribute(child(device, 'target'), 'dev') ?? '';

function nameOfDisk(disk: XmlElement): string {
  const alias = attribute(child(disk, 'alias'), 'name');
  const own = diskOfAlias(alias);
  if (own === undefined) return idOfVolumeAlias(alias) ?? targetOf(disk);
  return own.label === undefined ? own.role : `${own.role}-${own.label}`;
}

const times = (value: number | undefined, factor: number): number | undefined => value && Math.round(value * factor);
const numberOf = (value: TypedValue | undefined): number | undefined =>
  typeof value === 'number' || typeof value === 'bigint' ? Number(value) : undefined;

type Present<T> = { readonly [Field in keyof T]?: NonNullable<T[Field]> };
function present<T extends object>(fields: T): Present<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Present<T>;
}
