import { expect, test } from '@jest/globals';
import type { ImageFormat } from '../../drivers/contract.ts';
import type { ImageSource, ImageStatus } from '../../crds/image.ts';
import { DriverError } from '../../drivers/labels.ts';
import { observedContent } from './observed.ts';
import type { ImageVerdict } from './transfers/base-transfers.ts';

const source = (format: ImageFormat, sha256: string): ImageSource => ({ format, http: { url: 'http://x' }, checksum: { sha256 } });
const content = (format: ImageFormat, sha256: string) => ({ format, sha256, sizeBytes: 1, virtualSizeBytes: 2 });
const verified = (format: ImageFormat, sha256: string): ImageVerdict => ({
  kind: 'Verified',
  content: { key: 'base-1', ...content(format, sha256) },
});
const failed: ImageVerdict = { kind: 'Failed', error: new DriverError('Transient', 'x', { reason: 'X' }), hypervisorName: 'h' };
const both = [source('qcow2', 'q'), source('raw', 'r')];

test.each<[string, readonly ImageSource[], ImageStatus | undefined, ImageVerdict | undefined, string]>([
  ['nothing yet', both, undefined, undefined, 'nothing'],
  ['what was verified', both, {}, verified('raw', 'r'), 'raw r'],
  ['what was reported', both, content('raw', 'r'), undefined, 'raw r'],
  ['the first of the sources, reported', both, content('qcow2', 'q'), verified('raw', 'r'), 'qcow2 q'],
  ['the first of the sources, verified', both, content('raw', 'r'), verified('qcow2', 'q'), 'qcow2 q'],
  ['what was verified once, though it failed elsewhere', both, content('raw', 'r'), failed, 'raw r'],
  ['nothing of what is not asked for any more', [source('qcow2', 'other')], content('qcow2', 'q'), undefined, 'nothing'],
  ['nothing of the same bytes in another format', [source('raw', 'q')], content('qcow2', 'q'), undefined, 'nothing'],
  ['nothing of half a report', both, { format: 'raw', sha256: 'r' }, undefined, 'nothing'],
])('%s', (_, sources, status, verdict, expected) => {
  const observed = observedContent({ sources }, status, verdict);
  expect(observed === undefined ? 'nothing' : `${observed.format} ${observed.sha256}`).toBe(expected);
});
