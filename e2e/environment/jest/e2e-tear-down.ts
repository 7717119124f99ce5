/** After the e2e tests: everything that the run started ends. */
import { stopSharedEnvironment } from '../shared-environment.ts';

export default stopSharedEnvironment;
