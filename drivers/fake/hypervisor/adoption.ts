/** Taking over a fake machine that is nobody's. */
import { isDeepStrictEqual } from 'node:util';
import { DriverError } from '../../labels.ts';
import type { Ask } from '../protocol.ts';
import type { FakeHost } from './host.ts';
import { needed } from './machine-verbs.ts';

export function adopt(host: FakeHost, { machineId, mark }: Ask<'adopt'>): void {
  const machine = needed(host, machineId);
  const { owner, name } = machine;
  if (isDeepStrictEqual(owner, mark)) return;
  if (owner !== undefined && owner.role !== 'retained')
    throw new DriverError('Conflict', `Machine ${name} (${machineId}) is somebody's`, { reason: 'NotOurs' });
  host.put({ ...machine, owner: mark }, 'Definition');
}
