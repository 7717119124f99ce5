/** Before the e2e tests: the operator is built, and a control plane and a lab are started for the whole run. */
import { startSharedEnvironment } from '../shared-environment.ts';

export default startSharedEnvironment;
