/** Plugins of the control domain: a stock pool has none of those that drivers bring along. */
import { failure } from '../wire/failure.ts';
import type { World } from '../world/world.ts';

/** @throws XENAPI_MISSING_PLUGIN, or what the plugin throws */
export function callPlugin({ plugins }: World, plugin: string, fn: string, args: Readonly<Record<string, string>>): string {
  const installed = plugins.get(`${plugin}.${fn}`);
  if (installed !== undefined) return installed(args);
  if ([...plugins.keys()].some((name) => name.startsWith(`${plugin}.`))) {
    throw failure('XENAPI_PLUGIN_FAILURE', '1', '', `KeyError: '${fn}'`);
  }
  throw failure('XENAPI_MISSING_PLUGIN', plugin);
}
