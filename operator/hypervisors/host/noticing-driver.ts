/**
 * A driver that tells when it is about to have changed a machine: what we did ourselves is looked at again without
 * waiting for the host's event, which may be lost.
 */
import type { Driver } from '../../../drivers/contract.ts';

const CHANGING = {
  define: 'Definition',
  setMark: 'Definition',
  undefine: 'Definition',
  updateLive: 'Definition',
  resizeLive: 'Definition',
  attachVolume: 'Definition',
  detachVolume: 'Definition',
  startPaused: 'Definition',
  unpause: 'Power',
  signalShutdown: 'Power',
  powerOff: 'Power',
  pause: 'Power',
  injectNmi: 'Power',
  suspendToDisk: 'Power',
  restoreFromDisk: 'Power',
  discardSavedState: 'Power',
} as const satisfies Partial<Record<keyof Driver, 'Definition' | 'Power'>>;

/** Called after the verb, whether it succeeded, failed or ran into its deadline. `define` of a new machine may not know its id. */
export type Notice = (change: 'Definition' | 'Power', machineId: string | undefined) => void;

type Verb = (subject: { readonly machineId?: string }, ...rest: readonly unknown[]) => Promise<unknown>;

export function noticing(driver: Driver, notice: Notice): Driver {
  return new Proxy(driver, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== 'function') return value;
      if (!(property in CHANGING)) return (value as Verb).bind(target);
      const change = CHANGING[property as keyof typeof CHANGING];
      return async (subject: { readonly machineId?: string }, ...rest: readonly unknown[]) => {
        try {
          return await (value as Verb).call(target, subject, ...rest);
        } finally {
          notice(change, subject.machineId);
        }
      };
    },
  });
}
