/** The Secret of a registry: read by name, in the namespace of the Image, when the transfer begins. */
import { createHash } from 'node:crypto';
import { afterEach, expect, test } from '@jest/globals';
import type { Image } from '../../../crds/image.ts';
import type { SecretValue } from '../../secrets.ts';
import { ManualClock, settled } from '../../kernel/testing/manual-clock.ts';
import { MemoryLogger } from '../../kernel/testing/memory-logger.ts';
import { denyAddresses } from '../download/addresses.ts';
import { PoolHost } from '../testing/pool-host.ts';
import { serve, stopServers } from '../testing/web-server.ts';
import { BaseTransfers } from './base-transfers.ts';

afterEach(stopServers);

const content = Buffer.alloc(512, 7);
const sha256 = createHash('sha256').update(content).digest('hex');
const manifest = JSON.stringify({ layers: [{ mediaType: 'x', digest: `sha256:${sha256}`, size: content.length }] });

async function fetchWith(value: SecretValue): Promise<{ readonly outcome: string; readonly read: readonly string[] }> {
  const { url } = await serve(
    (_, response) => response.end(manifest),
    (_, response) => response.end(content),
  );
  const read: string[] = [];
  const secrets = {
    read: async (namespace: string, name: string, key: string) => {
      read.push(`${namespace}/${name} ${key}`);
      return Promise.resolve(value);
    },
  };
  const limits = {
    maxRedirects: 0,
    maxSizeBytes: 1e6,
    maxVirtualSizeBytes: 1e6,
    minBytesPerMinute: 0,
    minBytesPerConnection: 1,
    reconnectPauseMs: 1,
    stallMs: 1_000,
    maxFailuresInARow: 0,
    timeoutMs: 60_000,
    hostStallMs: 1_000,
    unaskedMs: 60_000,
    perHost: 1,
  };
  const transfers = new BaseTransfers(
    { ...limits, addresses: denyAddresses([]), secrets },
    { clock: new ManualClock(), random: () => 0, log: new MemoryLogger() },
  );
  const oci = { reference: `${url.host}/demo:1`, plainHttp: true, pullSecretName: 'login' };
  const image = {
    metadata: { namespace: 'team', name: 'demo', uid: '00000000-0000-4000-8000-000000000001', generation: 1 },
    spec: { sources: [{ format: 'raw', oci, checksum: { sha256 } }] },
  } as unknown as Image;
  const host = new PoolHost('h');
  const ask = () => transfers.ensure({ host: host.host, pool: 'default', image }, new AbortController().signal);
  let state = await ask();
  for (; state.kind === 'InProgress'; state = await ask()) await settled();
  await transfers.stop();
  return { outcome: state.kind === 'Failed' ? `${state.label}/${state.reason}: ${state.message}` : state.kind, read };
}

test('it is read where the Image is', async () => {
  const config = Buffer.from('{"auths":{}}');
  expect(await fetchWith({ kind: 'Found', value: config })).toEqual({ outcome: 'Ready', read: ['team/login .dockerconfigjson'] });
});

test('one that is not there is waited for', async () => {
  const { outcome } = await fetchWith({ kind: 'Missing', message: 'Secret login exists' });
  expect(outcome).toBe('Transient/SourceSecretMissing: It waits until Secret login exists');
});

test('one that is none is waited for, too, and nothing of it is told', async () => {
  const { outcome } = await fetchWith({ kind: 'Found', value: Buffer.from('hunter2') });
  expect(outcome).toMatch(/^Transient\/SourceSecretInvalid: /);
  expect(outcome).not.toContain('hunter2');
});
