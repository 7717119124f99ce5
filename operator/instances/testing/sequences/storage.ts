/** What may happen to volumes of an Instance, and to copies of its disk. */
import { edit, type Operation } from './say.ts';

const attached = (volumeName: string, name = 'data'): Operation => edit({ volumes: [{ name, volumeName }] });

export const STORAGE_OPERATIONS: Readonly<Record<string, Operation>> = {
  'a Volume is made': (play) => play.makeVolume('data'),
  'a Volume is made on host b': (play) => play.makeVolume('there', { hypervisorName: 'host-b' }),
  'the Volume is deleted': (play) => play.deleteVolume('data'),
  'the Volume grows': (play) => play.growVolume('data'),
  'a volume': attached('data'),
  'the volume under another name': attached('data', 'log'),
  'the volume on host b': attached('there'),
  'a volume that is missing': attached('missing'),
  'two volumes': edit({
    volumes: [
      { name: 'data', volumeName: 'data' },
      { name: 'there', volumeName: 'there', readOnly: true },
    ],
  }),
  'no volume': edit({ volumes: null }),
  'guests keep their volumes': (play) => {
    for (const { driver } of play.world.hosts.list()) driver.letsGo = false;
  },
  'somebody detaches its volumes': (play) => play.detachByHand(),
  'volumes cannot be attached': (play) => play.fail('attachVolume', 'Transient', 3),
  'a snapshot is asked for': (play) => play.snapshot({}),
  'a snapshot of a guest at rest is asked for': (play) => play.snapshot({ mode: 'Cold' }),
  'copies fail': (play) => play.fail('captureBase', 'Transient', 2),
  'the snapshots are deleted': (play) => play.deleteSnapshots(),
};
