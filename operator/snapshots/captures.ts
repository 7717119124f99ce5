/** Copies of disks that hosts make in the background: for snapshots, for Volumes that begin as copies, and for volumes that move. */
import type { CapturedBase } from '../../drivers/contract.ts';
import type { CaptureRequest, Captures, CaptureState, SwapRequest, SwapState, TurnRequest } from '../instances/ports.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Logger } from '../kernel/log/logger.ts';
import { BackgroundWork, type QueueRequest } from '../images/transfers/background-work.ts';
import type { FairSlots } from '../images/transfers/fair-slots.ts';

type Listener = Parameters<Captures['onChange']>[0];

export class BackgroundCaptures implements Captures {
  readonly #captures: BackgroundWork<CapturedBase>;
  readonly #swaps: BackgroundWork<void>;
  readonly #listeners = new Set<Listener>();

  constructor(outside: { readonly clock: Clock; readonly log: Logger; readonly turns: FairSlots }) {
    this.#captures = new BackgroundWork('capture', 'Copy', outside);
    this.#swaps = new BackgroundWork('swap', 'Copy', outside);
  }

  queue(request: TurnRequest): void {
    this.#captures.queue(this.#asked(request));
  }

  queueSwap(request: TurnRequest): void {
    this.#swaps.queue(this.#asked(request));
  }

  hasTurn(key: string): boolean {
    return this.#captures.hasTurn(key) || this.#swaps.hasTurn(key);
  }

  ensure({ host, target, subject, capture }: CaptureRequest): CaptureState {
    const state = this.#captures.ensure({
      key: capture.key,
      host,
      namespace: subject.namespace,
      about: { machine: target?.machineId },
      work: (driver, call, onProgress) =>
        target === undefined ? driver.copyToBase(capture, call) : driver.captureBase(target, { ...capture, onProgress }, call),
      tell: () => this.#tell(subject),
    });
    switch (state.kind) {
      case 'Done':
        return { kind: 'Done', base: state.result };
      case 'InProgress':
        return { kind: 'InProgress', percent: state.percent, message: `the disk is being copied on Hypervisor ${host.name}` };
      case 'Failed':
        return state;
    }
  }

  swap({ key, host, target, subject, to, sizeBytes, onBegin }: SwapRequest): SwapState {
    const state = this.#swaps.ensure({
      key,
      host,
      namespace: subject.namespace,
      about: { machine: target.machineId },
      work: (driver, call, onProgress) => {
        onBegin();
        return driver.swapVolume(target, { to, sizeBytes, onProgress }, call);
      },
      tell: () => this.#tell(subject),
    });
    return state.kind === 'Done' ? { kind: 'Done' } : state;
  }

  async cancel(key: string): Promise<void> {
    await Promise.all([this.#captures.cancel(key), this.#swaps.cancel(key)]);
  }

  onChange(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ends all of them, and resolves when none runs any more. From now on none begins. */
  async stop(): Promise<void> {
    await Promise.all([this.#captures.stop(), this.#swaps.stop()]);
  }

  /** For the debug dump. */
  running(): ReturnType<BackgroundWork<unknown>['running']> {
    return [...this.#captures.running(), ...this.#swaps.running()];
  }

  #asked({ key, host, subject }: TurnRequest): QueueRequest {
    return { key, host, namespace: subject.namespace, tell: () => this.#tell(subject) };
  }

  #tell(subject: CaptureRequest['subject']): void {
    for (const listener of this.#listeners) listener(subject);
  }
}
