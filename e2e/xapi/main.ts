#!/usr/bin/env node
/** The simulator as a program: `node e2e/xapi/main.ts --listen 127.0.0.1:8443 --hosts 2 --tls cert.pem,key.pem`. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { CREDENTIALS, Simulator } from './simulator.ts';

const USAGE = `usage: node e2e/xapi/main.ts [--listen ADDRESS:PORT] [--hosts N] [--tls CERT.pem,KEY.pem] [--user NAME] [--password TEXT]
                             [--duration MILLISECONDS] [--memory GIB]
The master listens at ADDRESS, further hosts at the addresses that follow, all at PORT (0: any that is free).
`;

const { values } = parseArgs({
  options: {
    listen: { type: 'string', default: '127.0.0.1:0' },
    hosts: { type: 'string', default: '1' },
    tls: { type: 'string' },
    user: { type: 'string', default: CREDENTIALS.user },
    password: { type: 'string', default: CREDENTIALS.password },
    duration: { type: 'string', default: '200' },
    memory: { type: 'string', default: '64' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  process.stdout.write(USAGE);
} else {
  const [address = '127.0.0.1', port = '0'] = values.listen.split(':');
  const [cert, key] = values.tls?.split(',') ?? [];
  const simulator = await Simulator.start({
    address,
    port: Number(port),
    hosts: Number(values.hosts),
    memoryBytes: Number(values.memory) * 1024 ** 3,
    credentials: { user: values.user, password: values.password },
    durations: { '*': Number(values.duration) },
    ...(cert === undefined || key === undefined ? {} : { tls: { cert: readFileSync(cert), key: readFileSync(key) } }),
  });
  for (let host = 0; host < Number(values.hosts); host += 1) process.stdout.write(`${simulator.url(host)}\n`);
  const stop = () => {
    void simulator.stop().then(() => process.exit(0));
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}
