/** How CPUs look to a guest, and where they run. */
import { Type } from 'typebox';
import { listMap } from '../schema/collections.ts';
import { count } from '../schema/number.ts';
import type { Read } from '../schema/static.ts';
import { enumOf, pattern, word } from '../schema/text.ts';
import { CPU_FEATURE_POLICIES, CPU_MODES } from '../vocabulary.ts';

/** Numbers and ranges of CPUs or nodes, as Linux writes them: `0-3,8`. */
export const numberSet = (description: string) => pattern('^[0-9]{1,4}(-[0-9]{1,4})?(,[0-9]{1,4}(-[0-9]{1,4})?)*$', 253, description);

const hostCpus = numberSet('CPUs of the host, such as 0-3,8.');

const Feature = Type.Object({
  name: word('Name of the feature, as the hypervisor knows it: vmx, avx2.', 63),
  policy: Type.Optional(
    enumOf(
      CPU_FEATURE_POLICIES,
      'Require: the guest has it, or does not start; Optional: it has it where the host does; Disable: it does not see it; Forbid: it does not start on a host that has it; Force: it sees it though the host has it not. Absent means Require.',
    ),
  ),
});

const Topology = Type.Object(
  {
    sockets: count('Sockets.', { minimum: 1, maximum: 4096 }),
    cores: count('Cores in each socket.', { minimum: 1, maximum: 4096 }),
    threads: count('Threads in each core.', { minimum: 1, maximum: 64 }),
  },
  { description: 'How the CPUs are laid out. Their product must be the vcpus of the Flavor. Absent: each is a socket.' },
);

const Pin = Type.Object({ vcpu: count("Number of the guest's CPU, from 0.", { maximum: 4095 }), hostCpus });

export const Cpu = Type.Object(
  {
    mode: Type.Optional(
      enumOf(
        CPU_MODES,
        'HostModel: like the host, and can move to like hosts; HostPassthrough: the very CPU of the host; Maximum: all that can be had; Custom: the model that is named. Absent: HostModel with hardware virtualization, else Maximum.',
      ),
    ),
    model: Type.Optional(word('Model for mode Custom, as the hypervisor knows it: EPYC, Skylake-Server.', 63)),
    features: Type.Optional(listMap(Feature, ['name'], { maxItems: 128, description: 'Features to have or not to have.' })),
    topology: Type.Optional(Topology),
    pinning: Type.Optional(
      listMap(Pin, ['vcpu'], {
        maxItems: 512,
        description: 'Which CPUs of the host each CPU of the guest runs on. One that is not listed runs on any.',
      }),
    ),
    emulatorThreads: Type.Optional(
      Type.Object({ hostCpus }, { description: 'Where the hypervisor does its own work for the guest. Absent: anywhere.' }),
    ),
  },
  {
    description: 'How the CPUs look to the guest, and where they run. A change takes effect at the next start. Absent: the usual way.',
    'x-kubernetes-validations': [
      {
        rule: "has(self.model) == (has(self.mode) && self.mode == 'Custom')",
        message: 'model is for mode Custom, which needs one',
        fieldPath: '.model',
      },
    ],
  },
);
export type Cpu = Read<typeof Cpu>;
