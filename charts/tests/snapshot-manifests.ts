/** Snapshots and schedules, good and bad, for manifests.ts: what is tried, the spec, and part of the refusal. */
type Row = readonly [what: string, spec: Readonly<Record<string, unknown>>, refusal?: string];

export const snapshots: readonly Row[] = [
  ['only an Instance', {}],
  ['everything', { imageName: 'golden', imageStoreName: 'vault', mode: 'Cold', quiesce: 'Never' }],
  ['an unheard-of mode', { mode: 'Warm' }, 'spec.mode'],
  ['no Instance', { instanceName: undefined }, 'spec.instanceName: Required value'],
];

export const backups: readonly Row[] = [
  ['only an Instance and a time', {}],
  [
    'everything',
    {
      schedule: '*/15 8-18 * * 1-5',
      timeZone: 'America/Argentina/Buenos_Aires',
      suspend: true,
      startingDeadline: '5m',
      suspendAfterFailures: 0,
      mode: 'Cold',
      quiesce: 'Required',
      imageStoreName: 'vault',
      keep: { count: 30, maxAge: '720h' },
    },
  ],
  ['seconds, too', { schedule: '0 0 3 * * *' }, 'spec.schedule'],
  ['no room for one', { keep: { count: 0 } }, 'spec.keep.count'],
];
