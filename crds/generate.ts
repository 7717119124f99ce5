/**
 * Writes what is made from the schemas: the CRDs in charts/hostler/files/crds and docs/reference/api.md.
 *
 *   node crds/generate.ts           writes them, and removes CRDs of kinds that are no more
 *   node crds/generate.ts --check   writes nothing; fails and names the files that are not as they should be
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { crdName, crdYaml } from './generate/crd.ts';
import { referencePage } from './generate/reference.ts';
import { KINDS } from './kinds.ts';

const root = join(import.meta.dirname, '..');
const crdDir = join(root, 'charts/hostler/files/crds');

/** Every generated file by its path. */
function generated(): ReadonlyMap<string, string> {
  return new Map([
    ...KINDS.map((kind) => [join(crdDir, `${crdName(kind)}.yaml`), crdYaml(kind)] as const),
    [join(root, 'docs/reference/api.md'), referencePage(KINDS)],
  ]);
}

/** Files of the CRD folder that no kind accounts for. */
const leftOver = (files: ReadonlyMap<string, string>): readonly string[] => list(crdDir).filter((path) => !files.has(path));

function list(dir: string): readonly string[] {
  mkdirSync(dir, { recursive: true });
  return readdirSync(dir).map((name) => join(dir, name));
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function main(): void {
  const { values } = parseArgs({ options: { check: { type: 'boolean' } } });
  const files = generated();
  const stale = [...files].filter(([path, content]) => contentOf(path) !== content);
  const extra = leftOver(files);
  if (values.check) {
    const wrong = [...stale.map(([path]) => path), ...extra].map((path) => relative(root, path));
    if (wrong.length === 0) return;
    process.stderr.write(`not as "make generate" makes them:\n  ${wrong.join('\n  ')}\n`);
    process.exitCode = 1;
    return;
  }
  for (const [path, content] of stale) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    process.stdout.write(`wrote ${relative(root, path)}\n`);
  }
  for (const path of extra) {
    rmSync(path);
    process.stdout.write(`removed ${relative(root, path)}\n`);
  }
}

main();
