/**
 * The smallest guest that can be talked with: a boot sector that prints `BOOTED` on the first serial port, then sends back
 * whatever comes in.
 */
const SECTOR_BYTES = 512;
const LOAD_ADDRESS = 0x7c00;

// prettier-ignore
const CODE = [
  0x31, 0xc0,             //        xor ax, ax
  0x8e, 0xd8,             //        mov ds, ax
  0xbe, 0x21, LOAD_ADDRESS >> 8, // mov si, message
  0xba, 0xf8, 0x03,       //        mov dx, 0x3f8        the port's data
  0xac,                   // print: lodsb
  0x84, 0xc0,             //        test al, al
  0x74, 0x03,             //        jz echo
  0xee,                   //        out dx, al
  0xeb, 0xf8,             //        jmp print
  0xba, 0xfd, 0x03,       // echo:  mov dx, 0x3fd        the port's state
  0xec,                   // wait:  in al, dx
  0xa8, 0x01,             //        test al, 1           something came
  0x74, 0xfb,             //        jz wait
  0xba, 0xf8, 0x03,       //        mov dx, 0x3f8
  0xec,                   //        in al, dx
  0xee,                   //        out dx, al
  0xeb, 0xf1,             //        jmp echo
];

export function bootSector(): Buffer {
  const sector = Buffer.alloc(SECTOR_BYTES);
  sector.set(CODE);
  sector.write('BOOTED\r\n', CODE.length);
  sector.writeUInt16LE(0xaa55, SECTOR_BYTES - 2);
  return sector;
}
