import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parse, parseAllDocuments } from 'yaml';
import { projectRoot } from '../paths.ts';
import { fitManifests } from './manifests.ts';

const facts = {
  hostUris: new Map([
    ['host-a', 'qemu+tcp://10.77.9.11:16509/system'],
    ['host-b', 'qemu+tcp://10.77.9.12:16509/system'],
  ]),
  image: { url: 'http://127.0.0.1:12345/demo.qcow2', sha256: 'abc' },
};
const fitted = (example: string) => fitManifests(readFileSync(join(projectRoot, 'examples', example), 'utf8'), facts);

test('each host of the lab gets its own address', () => {
  const hosts = parseAllDocuments(fitted('hypervisors/lab.yaml')).map((document) => document.toJS() as object);
  expect(hosts).toMatchObject([
    { metadata: { name: 'host-a' }, spec: { libvirt: { uri: 'qemu+tcp://10.77.9.11:16509/system' } } },
    { metadata: { name: 'host-b' }, spec: { libvirt: { uri: 'qemu+tcp://10.77.9.12:16509/system' } } },
  ]);
});

test('the image gets its address and checksum, the instance a short wait', () => {
  expect(parse(fitted('quick-start/image.yaml'))).toMatchObject({
    spec: { sources: [{ format: 'qcow2', http: { url: 'http://127.0.0.1:12345/demo.qcow2' }, checksum: { sha256: 'abc' } }] },
  });
  expect(parse(fitted('quick-start/instance.yaml'))).toMatchObject({ spec: { flavorName: 'tiny', shutdownTimeout: '5s' } });
});

test('what needs no change stays as it is, comments too', () => {
  const flavors = readFileSync(join(projectRoot, 'examples/quick-start/flavor.yaml'), 'utf8');
  expect(fitManifests(flavors, facts)).toBe(flavors);
});
