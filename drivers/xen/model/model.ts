/** XAPI's classes that the driver uses and the simulator serves, and the TypeScript types that follow from their tables. */
import { VBD, VBD_metrics } from './classes/block-device.ts';
import { GPU_group, PCI, PGPU, PUSB, USB_group, VGPU, VGPU_type, VUSB } from './classes/graphics.ts';
import { blob, secret, VM_appliance, VM_group } from './classes/groups.ts';
import { host, host_cpu, host_metrics } from './classes/host.ts';
import { Bond, network, PIF, PIF_metrics, VIF, VIF_metrics, VLAN } from './classes/network.ts';
import { pool } from './classes/pool.ts';
import { event, message, session, task } from './classes/session.ts';
import { PBD, SM, SR, VDI } from './classes/storage.ts';
import { VM } from './classes/vm.ts';
import { console, VM_guest_metrics, VM_metrics, VTPM } from './classes/vm-metrics.ts';
import type { ENUMS } from './enums.ts';
import type { Field, Message } from './notation.ts';

export const CLASSES = {
  session,
  task,
  event,
  pool,
  VM,
  VM_metrics,
  VM_guest_metrics,
  host,
  host_metrics,
  host_cpu,
  network,
  VIF,
  VIF_metrics,
  PIF,
  PIF_metrics,
  Bond,
  VLAN,
  SM,
  SR,
  VDI,
  VBD,
  VBD_metrics,
  PBD,
  VTPM,
  console,
  message,
  VM_appliance,
  VM_group,
  secret,
  blob,
  PCI,
  PGPU,
  GPU_group,
  VGPU,
  VGPU_type,
  PUSB,
  USB_group,
  VUSB,
} as const;

export type ClassName = keyof typeof CLASSES;

/** An opaque reference, `OpaqueRef:<uuid>` or NULL_REF. */
export type Ref = string;

/** `YYYYMMDDTHH:MM:SSZ`. */
export type DateTime = string;

export type EnumName = keyof typeof ENUMS;
export type EnumValue<E extends EnumName> = (typeof ENUMS)[E][number];

/** A value whose type is known from a table at run time only. */
export type Value = string | number | boolean | readonly Value[] | { readonly [key: string]: Value };

type Word<T extends string> = T extends 'int' | 'float'
  ? number
  : T extends 'bool'
    ? boolean
    : T extends 'datetime'
      ? DateTime
      : T extends `enum:${infer E extends EnumName}`
        ? EnumValue<E>
        : T extends `ref:${string}`
          ? Ref
          : T extends `record:${string}` | 'snapshot'
            ? Readonly<Record<string, Value>>
            : T extends `set:${infer W}`
              ? readonly Word<W>[]
              : string;

/** The TypeScript type of a type in the notation of the tables. */
export type TypeOf<T extends string> = T extends 'void'
  ? void
  : T extends `set ${infer W}`
    ? readonly Word<W>[]
    : T extends `map ${string} ${infer W}`
      ? Readonly<Record<string, Word<W>>>
      : Word<T>;

type FieldsOf<C extends ClassName> = (typeof CLASSES)[C]['fields'];

/** A whole object as `get_record` gives it, with integers as numbers. */
export type RecordOf<C extends ClassName> = {
  readonly [F in keyof FieldsOf<C>]: FieldsOf<C>[F] extends Field<infer T> ? TypeOf<T> : never;
};

export type FieldName<C extends ClassName> = keyof FieldsOf<C> & string;

/** What `create` must be given: every field that is not the server's own and has no default. */
type RequiredFor<C extends ClassName> = {
  [F in keyof FieldsOf<C>]: FieldsOf<C>[F] extends Field<string, 'init' | 'rw', undefined> ? F : never;
}[keyof FieldsOf<C>];

export type CreateRecordOf<C extends ClassName> = Pick<RecordOf<C>, RequiredFor<C>> & Partial<Omit<RecordOf<C>, RequiredFor<C>>>;

type MessagesOf<C extends ClassName> = (typeof CLASSES)[C]['messages'];

/** `Class.message`, of those with a meaning of their own; getters and setters of fields follow from the fields. */
export type MethodName = { [C in ClassName]: `${C}.${keyof MessagesOf<C> & string}` }[ClassName];

type MessageOf<M extends MethodName> = M extends `${infer C extends ClassName}.${infer N}`
  ? N extends keyof MessagesOf<C>
    ? MessagesOf<C>[N]
    : never
  : never;

type OptionalOf<P> = { [K in keyof P]: P[K] extends `${string}?` ? K : never }[keyof P];

type ArgumentOf<T> = T extends `${infer U}?` ? TypeOf<U> : T extends string ? TypeOf<T> : never;

/** The arguments of a message by name, without the session. */
export type ArgumentsOf<M extends MethodName> =
  MessageOf<M> extends Message<string, infer P>
    ? { readonly [K in Exclude<keyof P, OptionalOf<P>>]: ArgumentOf<P[K]> } & { readonly [K in OptionalOf<P>]?: ArgumentOf<P[K]> }
    : never;

export type ResultOf<M extends MethodName> = MessageOf<M> extends Message<infer R> ? TypeOf<R> : never;
