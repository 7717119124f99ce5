/**
 * What a host says of itself, as status keeps it. Pure.
 *
 * The host is not trusted with the size of the object: texts and lists are cut to what the API takes, since one that it
 * refuses would keep the whole status from being written. What a host leaves empty is absent.
 */
import type { HypervisorFacts } from '../../../crds/hypervisor.ts';
import { FACT_LIMITS } from '../../../crds/vocabulary.ts';
import type { HostFacts } from '../../../drivers/contract.ts';
import { cutBytes } from '../../kernel/events/text.ts';

export function factsOf(facts: HostFacts): HypervisorFacts {
  return {
    ...word('hostName', facts.hostName, FACT_LIMITS.name),
    ...word('hostId', facts.hostId, FACT_LIMITS.id),
    ...word('bootId', facts.bootId, FACT_LIMITS.id),
    ...word('architecture', facts.architecture, FACT_LIMITS.architecture),
    ...word('cpuModel', facts.cpuModel, FACT_LIMITS.name),
    virtualization: facts.virtualization,
    versions: versionsOf(facts.versions),
    networks: names(facts.networks),
    pools: names(facts.pools.map(({ name }) => name)),
    ...(facts.features.length > 0 && { features: facts.features }),
    warnings: facts.warnings.slice(0, FACT_LIMITS.warnings).map((warning) => cutBytes(warning, FACT_LIMITS.warning)),
  };
}

/** At most as many bytes as the API takes characters. */
const word = <Field extends string>(field: Field, text: string, max: number): Partial<Readonly<Record<Field, string>>> =>
  text === '' ? {} : ({ [field]: cutBytes(text, max) } as Readonly<Record<Field, string>>);

const names = (all: readonly string[]): readonly string[] =>
  [...all]
    .sort()
    .slice(0, FACT_LIMITS.names)
    .map((name) => cutBytes(name, FACT_LIMITS.name));

function versionsOf(versions: HostFacts['versions']): Readonly<Record<string, string>> {
  const entries = Object.entries(versions).slice(0, FACT_LIMITS.versions);
  return Object.fromEntries(entries.map(([of, version]) => [cutBytes(of, FACT_LIMITS.name), cutBytes(version, FACT_LIMITS.name)]));
}
