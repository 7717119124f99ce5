import { xenHarness } from '../../e2e/support/xen-harness.ts';
import { describeConformance } from '../conformance/describe.ts';

describeConformance(xenHarness);
