/**
 * The smallest guest: a boot sector that prints BOOTED on the first serial port, then TICK each second. It boots in half a
 * second with 16 MiB, ignores ACPI, and needs nothing but a BIOS.
 *
 * Its variants end by themselves after three ticks, for the tests of what an operator does about that.
 */
import { address, assemble, bytes, label, near, type Piece, short, text } from './assembler.ts';

export type Ending =
  /** Goes on until it is stopped from outside. */
  | 'Never'
  /** Powers itself off by ACPI, as a guest does on shutdown. */
  | 'PowerOff'
  /** Reports a panic to the paravirtual panic device; without that device it ticks no more. */
  | 'Panic'
  /** Resets the machine: it boots again, and was never off. */
  | 'Reset'
  /** When somebody types `p` it powers itself off, and when somebody types `c` it panics; looks once a second. */
  | 'AtKey';

/** Where the BIOS loads it, how long it must be, and how it ends. */
const ORIGIN = 0x7c00;
const SECTOR_BYTES = 512;
const SIGNATURE = [0x55, 0xaa];

/** One instruction a line, with what an assembler would call it. */
const begin: readonly (readonly Piece[])[] = [
  [bytes(0xfa)], //                                       cli
  [bytes(0x31, 0xc0)], //                                 xor ax, ax
  [bytes(0x8e, 0xd8)], //                                 mov ds, ax
  [bytes(0x8e, 0xd0)], //                                 mov ss, ax
  [bytes(0xbc, 0x00, 0x7c)], //                           mov sp, 0x7c00
  [bytes(0xfb)], //                                       sti
  [bytes(0xb1, 0x03)], //                                 mov cl, 3            ticks left before the end
  [bytes(0xbe), address('booted')], //                    mov si, booted
  [bytes(0xe8), near('print')], //                        call print
  [bytes(0x8b, 0x1e, 0x6c, 0x04)], //                     mov bx, [0x46c]      the BIOS counts 18.2 ticks a second there
  [label('wait')],
  [bytes(0xf4)], //                                       hlt
  [bytes(0xa1, 0x6c, 0x04)], //                           mov ax, [0x46c]
  [bytes(0x29, 0xd8)], //                                 sub ax, bx
  [bytes(0x3d, 0x12, 0x00)], //                           cmp ax, 18
  [bytes(0x72), short('wait')], //                        jb wait
  [bytes(0x83, 0xc3, 0x12)], //                           add bx, 18
  [bytes(0xbe), address('tick')], //                      mov si, tick
  [bytes(0xe8), near('print')], //                        call print
];

const countDown: readonly (readonly Piece[])[] = [
  [bytes(0xfe, 0xc9)], //                                 dec cl
  [bytes(0x75), short('wait')], //                        jnz wait
];

const halt: readonly (readonly Piece[])[] = [
  [label('halt')],
  [bytes(0xf4)], //                                       hlt
  [bytes(0xeb), short('halt')], //                        jmp halt
];

const powerOff: readonly (readonly Piece[])[] = [
  [bytes(0xba, 0x04, 0x06)], //                           mov dx, 0x604        PM1a control, where the BIOS puts it
  [bytes(0xb8, 0x00, 0x20)], //                           mov ax, 0x2000       sleep enable, type S5
  [bytes(0xef)], //                                       out dx, ax
];

const panic: readonly (readonly Piece[])[] = [
  [bytes(0xba, 0x05, 0x05)], //                           mov dx, 0x505        pvpanic
  [bytes(0xb0, 0x01)], //                                 mov al, 1            panicked
  [bytes(0xee)], //                                       out dx, al
];

const endings: Readonly<Record<Ending, readonly (readonly Piece[])[]>> = {
  Never: [
    [bytes(0xeb), short('wait')], //                      jmp wait
  ],
  PowerOff: [...countDown, ...powerOff, ...halt],
  Panic: [...countDown, ...panic, ...halt],
  Reset: [
    ...countDown,
    [bytes(0xb0, 0xfe)], //                               mov al, 0xfe         pulse the reset line
    [bytes(0xe6, 0x64)], //                               out 0x64, al
    ...halt,
  ],
  AtKey: [
    [bytes(0xb4, 0x01)], //                               mov ah, 1
    [bytes(0xcd, 0x16)], //                               int 0x16             is there a key?
    [bytes(0x74), short('wait')], //                      jz wait
    [bytes(0xb4, 0x00)], //                               mov ah, 0
    [bytes(0xcd, 0x16)], //                               int 0x16             which one?
    [bytes(0x3c, 0x63)], //                               cmp al, 'c'
    [bytes(0x74), short('panic')], //                     jz panic
    [bytes(0x3c, 0x70)], //                               cmp al, 'p'
    [bytes(0x75), short('wait')], //                      jnz wait
    ...powerOff,
    ...halt,
    [label('panic')],
    ...panic,
    [bytes(0xeb), short('halt')], //                      jmp halt
  ],
};

/** Prints the text at si, up to its zero byte, on the serial port; changes ax and dx. */
const print: readonly (readonly Piece[])[] = [
  [label('print')],
  [bytes(0xac)], //                                       lodsb
  [bytes(0x84, 0xc0)], //                                 test al, al
  [bytes(0x74), short('printed')], //                     jz printed
  [bytes(0x88, 0xc4)], //                                 mov ah, al
  [bytes(0xba, 0xfd, 0x03)], //                           mov dx, 0x3fd        line status
  [label('busy')],
  [bytes(0xec)], //                                       in al, dx
  [bytes(0xa8, 0x20)], //                                 test al, 0x20        ready to send?
  [bytes(0x74), short('busy')], //                        jz busy
  [bytes(0x88, 0xe0)], //                                 mov al, ah
  [bytes(0xba, 0xf8, 0x03)], //                           mov dx, 0x3f8        data
  [bytes(0xee)], //                                       out dx, al
  [bytes(0xeb), short('print')], //                       jmp print
  [label('printed')],
  [bytes(0xc3)], //                                       ret
];

const texts: readonly (readonly Piece[])[] = [
  [label('booted'), text('BOOTED\r\n')],
  [label('tick'), text('TICK\r\n')],
];

/** The sector, ready to be the first of a disk. */
export function bootSector(ending: Ending): Buffer {
  const code = assemble(ORIGIN, [begin, endings[ending], print, texts].flat(2));
  const room = SECTOR_BYTES - SIGNATURE.length - code.length;
  return Buffer.concat([code, Buffer.alloc(room), Buffer.from(SIGNATURE)]);
}
