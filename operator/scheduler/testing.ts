/** Requests and hosts for the tables. */
import type { CandidateHost, PlacementRequest } from './types.ts';

const MIB = 1024 * 1024;

export const request = (over: Partial<PlacementRequest> = {}): PlacementRequest => ({
  vcpus: 1,
  memoryBytes: 16 * MIB,
  diskBytes: 16 * MIB,
  hostNetworks: [],
  imageFormats: [],
  features: [],
  excluded: [],
  ...over,
});

export const candidate = (over: Partial<CandidateHost> = {}): CandidateHost => ({
  name: 'host-a',
  labels: {},
  reachable: true,
  schedulable: true,
  allocatable: { vcpus: 4, memoryBytes: 64 * MIB },
  claimed: { vcpus: 0, memoryBytes: 0 },
  hostNetworks: new Set(['lab']),
  pools: new Map([['main', { availableBytes: 1024 * MIB }]]),
  defaultPool: 'main',
  imageFormats: ['qcow2', 'raw'],
  features: ['UEFI'],
  ...over,
});
