/** Procedures that change the devices, memory and CPUs of a domain, and its console. */
import { flags, uint, unsignedHyper } from '../xdr/primitives.ts';
import { domainRef } from '../types/references.ts';
import { optionalString, string } from '../types/strings.ts';
import { procedure } from './procedure.ts';

const device = { dom: domainRef, xml: string, flags };

export const domainAttachDeviceFlags = procedure('domain_attach_device_flags', 160, device, {}, 'slow');
export const domainDetachDeviceFlags = procedure('domain_detach_device_flags', 161, device, {}, 'slow');
export const domainUpdateDeviceFlags = procedure('domain_update_device_flags', 174, device, {}, 'slow');
export const domainSetMemoryFlags = procedure('domain_set_memory_flags', 204, { dom: domainRef, memory: unsignedHyper, flags }, {}, 'slow');
export const domainSetVcpusFlags = procedure('domain_set_vcpus_flags', 199, { dom: domainRef, nvcpus: uint, flags }, {}, 'slow');

export const domainBlockResize = procedure(
  'domain_block_resize',
  251,
  { dom: domainRef, disk: string, size: unsignedHyper, flags },
  {},
  'slow',
);

/** Opens a stream in both directions. */
export const domainOpenConsole = procedure('domain_open_console', 201, { dom: domainRef, dev_name: optionalString, flags }, {}, 'slow');

/** Opens a stream from the daemon; says what kind of picture it is. */
export const domainScreenshot = procedure(
  'domain_screenshot',
  211,
  { dom: domainRef, screen: uint, flags },
  { mime: optionalString },
  'slow',
);
