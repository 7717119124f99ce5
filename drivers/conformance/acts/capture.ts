/** Acts on copies of a machine's disk, by the driver. */
import type { CaptureSpec } from '../../contract.ts';
import type { Act } from '../case.ts';
import type { Scene } from '../scene.ts';

/** The root disk, as a base of the case's own. */
const rootOf = (scene: Scene): CaptureSpec => ({ disk: scene.disk('root'), pool: scene.pool, key: scene.baseKey, quiesce: 'Never' });

export const captureBase = (what = '', over: (scene: Scene) => Partial<CaptureSpec> = () => ({})): Act => ({
  name: `captureBase${what && ` ${what}`}`,
  run: (scene) => scene.driver.captureBase(scene.target(), { ...rootOf(scene), ...over(scene) }, scene.call()),
});

/** Of a machine that is on. */
export const captureLive: Act = { ...captureBase(), needs: 'LiveCapture' };

export const captureOff: Act = captureBase('of one that must be off', () => ({ off: true }));

/** Of a volume that the machine has. */
export const captureVolume = (id: string): Act => ({
  ...captureBase(`of volume ${id}`, (scene) => ({ disk: scene.disk(`volume-${id}`) })),
});

/** Of a disk that no machine has. */
export const copyToBase = (id: string): Act => ({
  name: `copyToBase(${id})`,
  run: (scene) => scene.driver.copyToBase({ disk: scene.disk(`volume-${id}`), pool: scene.pool, key: scene.baseKey }, scene.call()),
});

export const endCapture: Act = {
  name: 'endCapture',
  run: (scene) => scene.driver.endCapture(scene.target(), scene.pool, scene.baseKey, scene.call()),
};
