/** Where the demo keeps what it makes, all below `.hostler/`; the README names some of them. */
import { join } from 'node:path';
import { stateDir } from '../paths.ts';

export const places = {
  controlPlane: join(stateDir, 'control-plane'),
  lab: join(stateDir, 'lab'),
  operator: join(stateDir, 'operator'),
  images: join(stateDir, 'images'),
  /** The manifests as they were applied. */
  manifests: join(stateDir, 'demo'),
  /** A link to the administrator's. */
  kubeconfig: join(stateDir, 'kubeconfig'),
} as const;
