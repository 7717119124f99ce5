/** The protocol's types under their public name, for procedures that are declared outside. */
export type { Codec, Fields } from './xdr/codec.ts';
export { array, optional, struct } from './xdr/codec.ts';
export { char, exactUnsignedHyper, flags, hyper, int, opaque, uint, unsignedHyper, uuid } from './xdr/primitives.ts';
export { optionalString, string } from './types/strings.ts';
export { domain, domainRef, networkRef, secretRef, storagePoolRef, storageVolume } from './types/references.ts';
export { typedInputs, typedParams } from './types/typed-params.ts';
