/** The fake hypervisor as a process of its own, for tests that run before the program is built. */
import { runFakeHypervisor } from './run.ts';

const stopped = new AbortController();
process.once('SIGTERM', () => stopped.abort());
process.exitCode = await runFakeHypervisor(process.argv.slice(2), stopped.signal);
