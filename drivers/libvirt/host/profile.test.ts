import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { featuresOf, parseCapabilities, parseDomainCapabilities } from './profile.ts';

// Recorded from libvirt 9.0 with QEMU 7.2; long lists are cut.
const recorded = (name: string): string => readFileSync(new URL(`testdata/${name}.xml`, import.meta.url), 'utf8');

test('capabilities: who the host is, and what it believes it can run', () => {
  expect(parseCapabilities(recorded('capabilities'))).toEqual({
    hostId: 'aaaaaaaa-1111-4111-8111-111111111111',
    architecture: 'x86_64',
    cpuModel: 'kvm64',
    domainTypes: ['qemu', 'kvm'],
  });
});

test('emulated guests get all that QEMU can emulate, hardware ones the model of the host', () => {
  const common = {
    architecture: 'x86_64',
    machineType: 'pc-i440fx-7.2',
    randomDevice: true,
    tpmModels: [],
    videoModels: [],
    cpuModes: ['maximum', 'host-model', 'custom'],
    cpuModels: [],
  };
  expect(parseDomainCapabilities(recorded('domcapabilities-qemu'))).toEqual({ ...common, domainType: 'qemu', cpu: { '@mode': 'maximum' } });
  expect(parseDomainCapabilities(recorded('domcapabilities-kvm'))).toEqual({
    ...common,
    domainType: 'kvm',
    cpu: { '@mode': 'host-model' },
    cpuModes: ['host-passthrough', 'maximum', 'host-model', 'custom'],
  });
});

test('what not every host has: firmware, and models of devices and CPUs that it can really give', () => {
  const profile = parseDomainCapabilities(recorded('domcapabilities-qemu'), recorded('domcapabilities-q35'));
  expect(profile.uefi).toEqual({ machineType: 'pc-q35-7.2', secureBoot: true });
  const full = parseDomainCapabilities(recorded('domcapabilities-q35'));
  expect(full.tpmModels).toEqual(['tpm-tis', 'tpm-crb']);
  expect(full.videoModels).toContain('virtio');
  expect([full.cpuModels.includes('qemu64'), full.cpuModels.includes('phenom')]).toEqual([true, false]);
  expect(featuresOf(full)).toEqual(['UEFI', 'SecureBoot', 'TPM', 'RandomNumbers', 'Watchdog']);
  expect(featuresOf(parseDomainCapabilities(recorded('domcapabilities-qemu')))).toEqual(['RandomNumbers', 'Watchdog']);
});

test('an old QEMU that knows neither mode gets the one model every QEMU has', () => {
  const old =
    '<domainCapabilities><domain>qemu</domain><arch>x86_64</arch><machine>pc</machine><cpu><mode name="maximum" supported="no"/></cpu></domainCapabilities>';
  expect(parseDomainCapabilities(old)).toMatchObject({ cpu: { '@mode': 'custom', model: 'qemu64' }, randomDevice: false });
});
