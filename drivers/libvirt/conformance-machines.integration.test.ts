/** The contract's cases on a real libvirtd with QEMU guests, but for those of disks. Needs root and the packages of `make setup`. */
import { DISK_TOPICS, libvirtDescription } from '../../e2e/support/libvirt-conformance.ts';
import { describeConformance } from '../conformance/describe.ts';

describeConformance(libvirtDescription, { except: DISK_TOPICS });
