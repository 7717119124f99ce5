/** A host that is nothing but a pool of base images, in memory: imports as drivers do, and counts. */
import type { BaseImage, BaseImageSpec, Call, Driver } from '../../../drivers/contract.ts';
import { DriverError } from '../../../drivers/labels.ts';
import type { Host } from '../../hypervisors/host.ts';
import { type ActingLease, BoundedActs } from '../../hypervisors/host/acts.ts';
import { DEFAULT_SESSION } from '../../hypervisors/host/session.ts';
import { systemClock } from '../../kernel/clock.ts';

export class PoolHost {
  readonly bases: Map<string, BaseImage>;
  /** Bytes of each import that was begun and has not ended well. */
  readonly partial = new Map<string, number>();
  readonly calls = { findBase: 0, importBase: 0, deleteBase: 0 };
  /** Keys of the bases that a disk stands on. */
  readonly standing = new Set<string>();
  /** What is to be waited for before a base is deleted. */
  beforeDelete: Promise<void> = Promise.resolve();
  answers = true;
  /** Thrown by the next imports, before they read anything. */
  refuses: DriverError | undefined;
  /** Never comes back for more. */
  stalls = false;
  readonly term = new AbortController();
  readonly #name: string;
  readonly #acts: BoundedActs;

  /** `bases` of another host: the pool is shared. */
  constructor(name: string, bases = new Map<string, BaseImage>()) {
    this.#name = name;
    this.bases = bases;
    const lease: ActingLease = { mayAct: () => !this.term.signal.aborted, term: this.term.signal };
    this.#acts = new BoundedActs(name, this.#driver(), DEFAULT_SESSION, systemClock, lease);
  }

  get host(): Host {
    const act: Host['act'] = (slot, timeoutMs, signal, work) => this.#acts.run(slot, timeoutMs, [signal], work);
    const reachability: Host['reachability'] = () => ({ status: this.answers ? 'True' : 'Unknown', since: 0, message: '' });
    return { name: this.#name, driver: this.#driver(), act, reachability, facts: () => undefined } as Partial<Host> as Host;
  }

  #driver(): Driver {
    const verbs: Partial<Driver> = {
      imageFormats: ['qcow2', 'raw'],
      findBase: async (_, key) => {
        this.calls.findBase += 1;
        return Promise.resolve(this.bases.get(key));
      },
      importBase: (spec, content, call) => this.#import(spec, content, call),
      listBases: async (_, prefix) =>
        Promise.resolve([...this.bases.keys(), ...this.partial.keys()].filter((key) => key.startsWith(prefix))),
      deleteBase: async (_, key) => {
        this.calls.deleteBase += 1;
        await this.beforeDelete;
        if (this.standing.has(key)) throw new DriverError('Conflict', `a disk stands on ${key}`, { reason: 'BaseInUse' });
        this.bases.delete(key);
      },
    };
    return verbs as Driver;
  }

  async #import(
    { key, format, clusterId, verified }: BaseImageSpec,
    content: AsyncIterable<Uint8Array>,
    { signal }: Call,
  ): Promise<BaseImage> {
    this.calls.importBase += 1;
    if (this.refuses !== undefined) throw this.refuses;
    this.partial.set(key, 0);
    try {
      for await (const chunk of content) {
        if (this.stalls) await aborted(signal);
        this.partial.set(key, (this.partial.get(key) ?? 0) + chunk.length);
      }
      const base = { key, format, ...(clusterId !== undefined && { clusterId }), ...verified() };
      this.bases.set(key, base);
      return base;
    } finally {
      this.partial.delete(key);
    }
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = (): void => reject(new DriverError('Unknown', 'stopped', { reason: 'Aborted' }));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
