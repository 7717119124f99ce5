/** Firmware, devices, CPUs, memory and disks, good and bad, for manifests.ts: what is tried, the spec, and part of the refusal. */
type Spec = Readonly<Record<string, unknown>>;
type Row = readonly [what: string, spec: Spec, refusal?: string];

const UEFI = { type: 'UEFI' };
const card = (over: Spec): Spec => ({ networks: [{ name: 'eth0', networkName: 'lab', ...over }] });

export const hardware: readonly Row[] = [
  [
    'all hardware',
    {
      firmware: { type: 'UEFI', secureBoot: true },
      devices: {
        rng: { bytesPerSecond: '64Ki' },
        watchdog: { action: 'Pause' },
        tpm: { model: 'TIS' },
        serialPorts: 4,
        video: { model: 'QXL' },
      },
      cpu: {
        mode: 'Custom',
        model: 'EPYC',
        features: [{ name: 'avx2', policy: 'Require' }, { name: 'vmx' }],
        topology: { sockets: 1, cores: 2, threads: 2 },
        pinning: [{ vcpu: 0, hostCpus: '0-3,8' }],
        emulatorThreads: { hostCpus: '9' },
      },
      memory: { hugePages: { size: '1Gi' }, locked: true, numaCells: [{ cpus: '0-3', memory: '4Gi', hostNodes: '0,1' }] },
      storage: {
        cache: 'DirectSync',
        discard: 'Ignore',
        io: 'Native',
        serials: 'ByName',
        limits: { bytesPerSecond: '10Mi', readIops: 100 },
      },
      ...card({ model: 'e1000', mtu: 9000, bandwidth: { inbound: '1Mi', outbound: 2000000 } }),
    },
  ],
  ['secure boot of a BIOS', { firmware: { type: 'BIOS', secureBoot: true } }, 'secureBoot is for type UEFI'],
  ['a BIOS without secure boot', { firmware: { type: 'BIOS', secureBoot: false } }],
  [
    'a limit of random numbers that are not there',
    { devices: { rng: { mode: 'Disabled', bytesPerSecond: '1Ki' } } },
    'is for mode Enabled',
  ],
  ['no serial port', { devices: { serialPorts: 0 } }, 'should be greater than or equal to 1'],
  ['five serial ports', { devices: { serialPorts: 5 } }, 'should be less than or equal to 4'],
  ['an unheard-of graphics card', { devices: { video: { model: 'Voodoo' } } }, 'spec.devices.video.model: Unsupported value'],
  ['a CPU by no name', { cpu: { mode: 'Custom' } }, 'model is for mode Custom, which needs one'],
  ['a name for the CPU of the host', { cpu: { mode: 'HostModel', model: 'EPYC' } }, 'model is for mode Custom'],
  [
    'the same CPU pinned twice',
    { cpu: { pinning: [0, 0].map((vcpu) => ({ vcpu, hostCpus: '0' })) } },
    'spec.cpu.pinning[1]: Duplicate value',
  ],
  ['host CPUs in words', { cpu: { emulatorThreads: { hostCpus: 'all' } } }, 'spec.cpu.emulatorThreads.hostCpus in body should match'],
  ['two limits that are one', { storage: { limits: { iops: 9, readIops: 5 } } }, 'set iops, or readIops and writeIops'],
  ['limits that exclude each other', { storage: { limits: { bytesPerSecond: 9, writeBytesPerSecond: 5 } } }, 'set bytesPerSecond, or'],
  ['native I/O through the cache', { storage: { io: 'Native', cache: 'WriteBack' } }, 'io Native is for cache None or DirectSync'],
  ['native I/O', { storage: { io: 'Native' } }],
  ['disks of its own', { ephemeralDisks: [{ name: 'data', size: '1Gi' }], swap: 0 }],
  [
    'two disks of one name',
    { ephemeralDisks: [0, 0].map(() => ({ name: 'data', size: '1Gi' })) },
    'spec.ephemeralDisks[1]: Duplicate value',
  ],
  ['a disk of a long name', { ephemeralDisks: [{ name: 'elevenchars', size: '1Gi' }] }, 'may not be more than 10 bytes'],
  ['a disk of nothing', { ephemeralDisks: [{ name: 'data', size: '1Ki' }] }, 'size must be at least 1Mi'],
  ['packets too small', card({ mtu: 67 }), 'should be greater than or equal to 68'],
];

/** What, from, the patch, and part of the refusal. */
export const hardwareChanges: readonly (readonly [what: string, from: Spec, patch: Spec, refusal?: string])[] = [
  ['get UEFI', {}, { firmware: UEFI }],
  ['switch secure boot on', { firmware: UEFI }, { firmware: { secureBoot: true } }],
  ['go back to a BIOS', { firmware: UEFI }, { firmware: { type: 'BIOS' } }, 'UEFI cannot be taken away'],
  ['say no more of UEFI', { firmware: UEFI }, { firmware: null }, 'UEFI cannot be taken away'],
  ['change the model of its TPM', { devices: { tpm: {} } }, { devices: { tpm: { model: 'TIS' } } }],
  ['keep its disks', { ephemeralDisks: [{ name: 'data', size: '1Gi' }], swap: '1Gi' }, { swap: '1Gi' }],
  ['get another disk', { ephemeralDisks: [] }, { ephemeralDisks: [{ name: 'data', size: '1Gi' }] }, 'ephemeralDisks cannot be changed'],
  [
    'grow a disk',
    { ephemeralDisks: [{ name: 'data', size: '1Gi' }] },
    { ephemeralDisks: [{ name: 'data', size: '2Gi' }] },
    'ephemeralDisks cannot be changed',
  ],
  ['lose its swap', { swap: '1Gi' }, { swap: null }, 'swap cannot be changed'],
  ['get swap', {}, { swap: '1Gi' }, 'swap cannot be changed'],
  ['lose its TPM', { devices: { tpm: {} } }, { devices: null }, 'devices.tpm cannot be taken away'],
];
