/** What is said to running guests. */
import type { Ref } from '../../../../drivers/xen/model/model.ts';
import type { Call, SomeHandlers } from '../../rpc/handler.ts';
import { operate, type VmOperation } from '../../world/operation.ts';
import { callPlugin } from '../plugin.ts';

async function send({ world, task }: Call, vm: Ref, operation: VmOperation): Promise<void> {
  await operate(world, task, vm, operation, async () => world.work(`VM.${operation}`, task));
}

export const guestHandlers = {
  'VM.send_sysrq': async (call, { vm }) => send(call, vm, 'send_sysrq'),
  'VM.send_trigger': async (call, { vm }) => send(call, vm, 'send_trigger'),
  'VM.call_plugin': async ({ world, task }, { vm, plugin, fn, args }) =>
    operate(world, task, vm, 'call_plugin', () => callPlugin(world, plugin, fn, args)),
  'VM.call_host_plugin': ({ world }, { plugin, fn, args }) => callPlugin(world, plugin, fn, args),
} as const satisfies SomeHandlers;
