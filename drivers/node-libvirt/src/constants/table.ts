/** Tables of named numbers, as libvirt's enumerations: keys are libvirt's own names without their prefix, in its spelling. */
export type ConstantTable = Readonly<Record<string, number>>;

const reversed = new WeakMap<ConstantTable, ReadonlyMap<number, string>>();

/** The name of a number in such a table; `UNKNOWN_<number>` for one that a newer libvirt has added. */
export function nameOf(table: ConstantTable, value: number): string {
  let names = reversed.get(table);
  if (names === undefined) {
    names = new Map(Object.entries(table).map(([name, number]) => [number, name]));
    reversed.set(table, names);
  }
  return names.get(value) ?? `UNKNOWN_${value}`;
}
