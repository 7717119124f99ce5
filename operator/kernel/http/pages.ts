/** What the servers show: health, readiness, metrics, the debug dump. */
import { replacer } from '../log/fields.ts';
import type { Metrics } from './metrics.ts';
import { type Page, type Routes, text } from './server.ts';

/** Undefined: fine; otherwise what is wrong, for people. */
export type Check = () => string | undefined;

const alive = (): Page => text(200, 'ok\n');

export function healthRoutes(ready: Readonly<Record<string, Check>>): Routes {
  return { '/healthz': alive, '/livez': alive, '/readyz': () => readiness(ready) };
}

export function metricsRoutes({ registry }: Metrics): Routes {
  return { '/metrics': async () => ({ code: 200, contentType: registry.contentType, body: await registry.metrics() }) };
}

/** Each dump is made when it is asked for. They name objects; they show no contents. */
export function debugRoutes(dumps: ReadonlyMap<string, () => unknown>): Routes {
  return {
    '/debug': () => {
      const dump = Object.fromEntries(Array.from(dumps, ([name, make]) => [name, make()]));
      return { code: 200, contentType: 'application/json', body: `${JSON.stringify(dump, replacer, 2)}\n` };
    },
  };
}

function readiness(checks: Readonly<Record<string, Check>>): Page {
  const lines = Object.entries(checks).map(([name, check]) => ({ name, problem: check() }));
  const body = lines.map(({ name, problem }) => (problem === undefined ? `[+] ${name} ok` : `[-] ${name}: ${problem}`)).join('\n');
  return text(lines.every(({ problem }) => problem === undefined) ? 200 : 503, `${body}\n`);
}
