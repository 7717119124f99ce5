/** For daemons that ask for a user name and a password (SASL). */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** What authentication has to go on. */
export interface Login {
  readonly credentials: Credentials | undefined;
  /** Whether nobody between the two sides can read along: a unix socket, TLS, ssh. */
  readonly confidential: boolean;
}
