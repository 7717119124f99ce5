#!/usr/bin/env node
/** The one program. `hostler operator` runs in the cluster; `hostler fake-hypervisor` stands in for hosts in tests and demonstrations. */
import { UsageError } from './options/parse.ts';
import { operatorUsage, parseOperatorOptions } from './options/options.ts';
import { winstonLogger } from './kernel/log/winston.ts';
import { shutdownSignal } from './kernel/manager/signals.ts';
import { runOperator } from './program/operator.ts';
import { VERSION } from './program/version.ts';

const USAGE = `hostler ${VERSION}

  hostler operator --namespace NAME [flags]       reconciles the kinds of hostler.dev; --help lists the flags
  hostler fake-hypervisor --socket FILE [flags]   serves machines that exist only in its memory
  hostler version                                 prints the version
`;

const [command, ...args] = process.argv.slice(2);
process.exitCode = await main(command, args);

async function main(command: string | undefined, args: readonly string[]): Promise<number> {
  switch (command) {
    case 'operator':
      return operator(args);
    case 'fake-hypervisor': {
      // Late, so that the operator never loads what only the fake needs.
      const { runFakeHypervisor } = await import('../drivers/fake/hypervisor/run.ts');
      using shutdown = shutdownSignal(winstonLogger('warn'));
      return await runFakeHypervisor(args, shutdown.signal);
    }
    case 'version':
    case '--version':
      return print(`${VERSION}\n`);
    case 'help':
    case '--help':
      return print(USAGE);
    case undefined:
    default:
      process.stderr.write(USAGE);
      return 2;
  }
}

async function operator(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) return print(operatorUsage());
  try {
    return await runOperator(parseOperatorOptions(args));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`hostler operator: ${error.message}\n(hostler operator --help lists the flags)\n`);
    return 2;
  }
}

function print(text: string): 0 {
  process.stdout.write(text);
  return 0;
}
