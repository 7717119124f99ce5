/** For daemons that ask for a user name and a password (SASL). */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}
