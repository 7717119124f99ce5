/**
 * Four kinds of tests, told apart by the end of their file's name, each a jest project:
 *   x.test.ts              unit: pure or in-process, no root, no network
 *   x.integration.test.ts  against a real API server or a real libvirtd that the set-up started
 *   e2e/x.e2e.test.ts      the whole thing on the lab, asserted from outside
 */
const common = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2024', parser: { syntax: 'typescript' } }, module: { type: 'es6' } }] },
  modulePathIgnorePatterns: ['<rootDir>/.hostler/', '<rootDir>/dist/'],
};

export default {
  projects: [
    {
      ...common,
      displayName: 'unit',
      testMatch: ['**/*.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', '\\.(integration|e2e)\\.test\\.ts$'],
    },
    {
      ...common,
      displayName: 'integration',
      testMatch: ['**/*.integration.test.ts'],
      globalSetup: '<rootDir>/e2e/environment/jest/integration-set-up.ts',
      globalTeardown: '<rootDir>/e2e/environment/jest/integration-tear-down.ts',
    },
    {
      ...common,
      displayName: 'e2e',
      testMatch: ['**/*.e2e.test.ts'],
      globalSetup: '<rootDir>/e2e/environment/jest/e2e-set-up.ts',
      globalTeardown: '<rootDir>/e2e/environment/jest/e2e-tear-down.ts',
    },
  ],
};
