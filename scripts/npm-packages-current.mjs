/**
 * Exits with 0 when node_modules holds what package-lock.json asks for. Plain JavaScript: it runs before Node 24 is there.
 */
import { readFileSync } from 'node:fs';

/** Packages by their place below node_modules. */
function packages(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages;
}

function isCurrent() {
  const wanted = packages('package-lock.json');
  const installed = packages('node_modules/.package-lock.json');
  // Optional ones are for other platforms.
  return Object.entries(wanted).every(
    ([place, { version, optional }]) => !place.startsWith('node_modules/') || optional || installed[place]?.version === version,
  );
}

try {
  process.exitCode = isCurrent() ? 0 : 1;
} catch {
  process.exitCode = 1;
}
