/** The reasons why a host cannot take an instance, cheapest and most telling first. */
import type { CandidateHost, Filter, PlacementRequest } from './types.ts';

/** The pool for the disks: the one that is named, else the default one, else one that has the image. */
export function poolOf({ pool, imagePools }: PlacementRequest, { name, defaultPool }: CandidateHost): string | undefined {
  if (pool !== undefined || imagePools === undefined) return pool ?? defaultPool;
  const having = imagePools.get(name) ?? [];
  return defaultPool !== undefined && having.includes(defaultPool) ? defaultPool : (having[0] ?? defaultPool);
}

export const FILTERS: readonly Filter[] = [
  {
    name: 'Name',
    refusal: { one: 'is not the one asked for', many: 'are not the one asked for' },
    passes: ({ hypervisorName }, { name }) => hypervisorName === undefined || hypervisorName === name,
  },
  {
    name: 'Labels',
    refusal: { one: 'is not selected by its labels', many: 'are not selected by their labels' },
    passes: ({ selects }, { labels }) => selects === undefined || selects(labels),
  },
  {
    name: 'Reachable',
    refusal: { one: 'does not answer', many: 'do not answer' },
    passes: (_, { reachable, allocatable }) => reachable && allocatable !== undefined,
  },
  {
    name: 'Schedulable',
    refusal: { one: 'takes no new instances', many: 'take no new instances' },
    passes: (_, { schedulable }) => schedulable,
  },
  {
    name: 'Failed',
    refusal: { one: 'failed to build it', many: 'failed to build it' },
    passes: ({ excluded }, { name }) => !excluded.includes(name),
  },
  {
    name: 'Networks',
    refusal: { one: 'lacks a network', many: 'lack a network' },
    passes: ({ hostNetworks }, host) => hostNetworks.every((key) => host.hostNetworks.has(key)),
  },
  {
    name: 'Pool',
    refusal: { one: 'lacks the pool', many: 'lack the pool' },
    passes: (request, host) => {
      const pool = poolOf(request, host);
      return pool !== undefined && host.pools.has(pool);
    },
  },
  {
    name: 'Volumes',
    refusal: { one: 'does not reach its volumes', many: 'do not reach its volumes' },
    passes: ({ reachesVolumes }, { name }) => reachesVolumes === undefined || reachesVolumes(name),
  },
  {
    name: 'ImageLocation',
    refusal: { one: 'does not reach the image', many: 'do not reach the image' },
    passes: (request, host) =>
      request.imagePools === undefined || request.imagePools.get(host.name)?.includes(poolOf(request, host) ?? '') === true,
  },
  {
    name: 'ImageFormat',
    refusal: { one: 'cannot boot the image', many: 'cannot boot the image' },
    passes: ({ imageFormats }, host) => imageFormats.length === 0 || imageFormats.some((format) => host.imageFormats.includes(format)),
  },
  {
    name: 'Features',
    refusal: { one: 'cannot give the firmware or a device', many: 'cannot give the firmware or a device' },
    passes: ({ features }, host) => features.every((feature) => host.features.includes(feature)),
  },
  {
    name: 'Cpu',
    refusal: { one: 'has too few CPUs', many: 'have too few CPUs' },
    passes: ({ vcpus }, { allocatable, claimed }) => claimed.vcpus + vcpus <= (allocatable?.vcpus ?? 0),
  },
  {
    name: 'Memory',
    refusal: { one: 'has too little memory', many: 'have too little memory' },
    passes: ({ memoryBytes }, { allocatable, claimed }) => claimed.memoryBytes + memoryBytes <= (allocatable?.memoryBytes ?? 0),
  },
  {
    name: 'Disk',
    refusal: { one: 'has too little disk space', many: 'have too little disk space' },
    passes: (request, host) =>
      request.diskBytes <= (host.pools.get(poolOf(request, host) ?? '')?.availableBytes ?? Number.POSITIVE_INFINITY),
  },
];
