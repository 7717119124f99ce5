/**
 * libvirt's own description of its protocol, as data that the project does not carry: HOSTLER_REFERENCE_DATA names the folder
 * that holds it. Without it the tests that need it are reported as skipped.
 */
import { describe } from '@jest/globals';
import { readFileSync } from 'node:fs';
import path from 'node:path';

export type FieldList = readonly (readonly [name: string, type: string])[];
type Numbers = Readonly<Record<string, Readonly<Record<string, number>>>>;

export interface Program {
  readonly consts: Readonly<Record<string, string>>;
  readonly structs: Readonly<Record<string, FieldList>>;
  readonly unions: Readonly<Record<string, { readonly cases: FieldList }>>;
  readonly procedures: readonly (readonly [name: string, number: number])[];
}

interface Protocol {
  readonly remote: Program;
  readonly qemu: Program;
  readonly net: Program;
  readonly keepalive: Program;
  readonly enums: Numbers;
}

const folder = process.env['HOSTLER_REFERENCE_DATA'];

export const describeWithReference = folder === undefined ? describe.skip : describe;

export function protocol(): Protocol {
  return read('protocol.json') as Protocol;
}

/** The public enumerations. */
export function enumerations(): Numbers {
  return (read('enums.json') as { readonly enums: Numbers }).enums;
}

function read(name: string): unknown {
  return JSON.parse(readFileSync(path.join(folder ?? '', 'libvirt', name), 'utf8'));
}
