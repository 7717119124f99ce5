/** The contract's cases of disks on a real libvirtd with QEMU guests. Needs root and the packages of `make setup`. */
import { DISK_TOPICS, libvirtDescription } from '../../e2e/support/libvirt-conformance.ts';
import { describeConformance } from '../conformance/describe.ts';

describeConformance(libvirtDescription, { only: DISK_TOPICS });
