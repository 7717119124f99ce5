/**
 * Bundles the operator and all it needs into one file, dist/hostler.mjs: it starts faster and takes less memory than its
 * sources, and the container image needs no node_modules.
 */
import { chmodSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { unfreePackages } from './licences.ts';

const root = resolve(import.meta.dirname, '..');
const outfile = join(root, 'dist/hostler.mjs');

// What went wrong is printed by esbuild itself.
const { metafile } = await build({
  entryPoints: [join(root, 'operator/main.ts')],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  sourcemap: true,
  legalComments: 'linked',
  logLevel: 'warning',
  metafile: true,
  plugins: [
    {
      name: 'left-out',
      setup: (bundle) => {
        bundle.onResolve({ filter: /^(xo-(collection|common)(\/|$)|proxy-agent$)/ }, () => ({
          path: join(root, 'drivers/xen/session/left-out.ts'),
        }));
      },
    },
  ],
  // Packages that are not ES modules call `require`, which an ES module does not have.
  banner: { js: "import { createRequire as hostlerRequire } from 'node:module'; const require = hostlerRequire(import.meta.url);" },
}).catch(() => process.exit(1));
const unfree = unfreePackages(root, Object.keys(metafile.inputs));
if (unfree.length > 0) {
  process.stderr.write(`These packages may not be part of what is given away: ${unfree.join(', ')}\n`);
  rmSync(outfile);
  process.exit(1);
}
chmodSync(outfile, 0o755);
