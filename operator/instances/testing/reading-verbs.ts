/** The driver's verbs that only look. */
export const READS: ReadonlySet<string> = new Set([
  'observe',
  'inspect',
  'locate',
  'findBase',
  'listBases',
  'listDisks',
  'diskUsers',
  'readGuest',
  'readDiagnostics',
  'readConsoleLog',
  'takeScreenshot',
]);
