/**
 * Bundles the operator and all it needs into one file, dist/hostler.mjs: it starts faster and takes less memory than its
 * sources, and the container image needs no node_modules.
 */
import { chmodSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';

const root = resolve(import.meta.dirname, '..');
const outfile = join(root, 'dist/hostler.mjs');

// What went wrong is printed by esbuild itself.
await build({
  entryPoints: [join(root, 'operator/main.ts')],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  sourcemap: true,
  legalComments: 'linked',
  logLevel: 'warning',
  // Packages that are not ES modules call `require`, which an ES module does not have.
  banner: { js: "import { createRequire as hostlerRequire } from 'node:module'; const require = hostlerRequire(import.meta.url);" },
}).catch(() => process.exit(1));
chmodSync(outfile, 0o755);
