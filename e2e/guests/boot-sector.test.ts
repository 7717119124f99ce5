import { expect, test } from '@jest/globals';
import { address, assemble, bytes, label, near, short } from './assembler.ts';
import { bootSector } from './boot-sector.ts';

const ENDINGS = ['Never', 'PowerOff', 'Panic', 'Reset', 'AtKey'] as const;

test('references are filled in: forward and back, relative to the byte after them, absolute from the origin', () => {
  const code = assemble(0x7c00, [
    label('top'),
    bytes(0xeb),
    short('top'),
    bytes(0xe8),
    near('end'),
    bytes(0xbe),
    address('end'),
    label('end'),
  ]);
  expect([...code]).toEqual([0xeb, 0xfe, 0xe8, 0x03, 0x00, 0xbe, 0x08, 0x7c]);
});

test('an unknown label, or one too far for a short jump, is an error', () => {
  expect(() => assemble(0, [short('nowhere')])).toThrow('unknown label nowhere');
  expect(() => assemble(0, [short('end'), bytes(...Buffer.alloc(200)), label('end')])).toThrow('out of range');
});

test.each(ENDINGS)('the boot sector that ends by %s is one whole sector that a BIOS boots', (ending) => {
  const sector = bootSector(ending);
  expect(sector).toHaveLength(512);
  expect(sector.subarray(510)).toEqual(Buffer.from([0x55, 0xaa]));
});

test('the endings differ', () => {
  const sectors = ENDINGS.map((ending) => bootSector(ending).toString('hex'));
  expect(new Set(sectors).size).toBe(ENDINGS.length);
});
