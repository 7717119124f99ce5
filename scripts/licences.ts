/** Licences of what is bundled: an operator under the Apache License is given away with nothing that asks for more. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FREE = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'ISC',
  'MIT',
  'Python-2.0',
  'Unlicense',
]);

/** Packages among these files, relative to the root, whose licence is none of those; with it. */
export function unfreePackages(root: string, files: readonly string[]): readonly string[] {
  const packages = new Set(files.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? []));
  return [...packages].flatMap((folder) => {
    const licence = licenceOf(join(root, folder));
    return isFree(licence) ? [] : [`${folder} (${licence})`];
  });
}

/** Any of several that are offered is enough. */
const isFree = (licence: string): boolean =>
  licence
    .replace(/[()]/g, '')
    .split(' OR ')
    .some((one) => FREE.has(one));

function licenceOf(folder: string): string {
  const file = join(folder, 'package.json');
  if (!existsSync(file)) return 'no package.json';
  const { license, licenses } = JSON.parse(readFileSync(file, 'utf8')) as { license?: unknown; licenses?: readonly { type: string }[] };
  return typeof license === 'string' ? license : (licenses?.map(({ type }) => type).join(' OR ') ?? 'no licence');
}
