/** SASL PLAIN (RFC 4616): user name and password as they are, so only as secret as the connection. */
import type { Mechanism } from './mechanism.ts';

export const plain: Mechanism = {
  name: 'PLAIN',
  needsConfidentiality: true,
  start: ({ username, password }) => ({ done: true, next: () => Promise.resolve(`\0${username}\0${password}`) }),
};
