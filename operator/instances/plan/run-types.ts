/** What status recorded of runs: the present one, how the last ended, and restarts. */

export interface PowerOff {
  readonly reason: string;
  readonly observedAt: number;
  readonly runId: string | undefined;
  /** Nobody saw that the run ended here: the machine may live on another host. */
  readonly inferred?: boolean | undefined;
}

export interface Restarts {
  readonly count: number;
  readonly lastAt: number;
}

export interface Run {
  readonly id: string;
  /** Boot of the host that the run was started in. */
  readonly bootId: string | undefined;
  readonly bootHash: string;
  /** Of what of the spec cannot be met while it runs, as it was when the guest was last as asked. */
  readonly fixedHash?: string | undefined;
}
