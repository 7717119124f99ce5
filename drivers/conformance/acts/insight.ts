/** Acts that look into the case's machine; each gives what can be compared in one line. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Act } from '../case.ts';

const PRINTING_MS = 20_000;

export const readDiagnostics: Act = {
  name: 'readDiagnostics',
  run: (scene) => scene.driver.readDiagnostics(scene.machineId, scene.call()),
};

/** Gives its devices by name. */
export const namesInDiagnostics: Act = {
  ...readDiagnostics,
  name: 'readDiagnostics, names',
  run: async (scene) => {
    const { cpus, disks, interfaces, raw } = await scene.driver.readDiagnostics(scene.machineId, scene.call());
    return {
      cpus: cpus.map(({ id }) => id),
      disks: disks.map(({ name }) => name),
      interfaces: interfaces.map(({ mac, name }) => `${name} ${mac}`),
      counts: Object.keys(raw).length > 0,
    };
  },
};

/** Gives how much there was. */
export const readConsoleLog = (maxBytes = 65_536): Act => ({
  name: `readConsoleLog of ${maxBytes} bytes`,
  needs: 'ConsoleLog',
  run: async (scene) => {
    const { content, truncated } = await scene.driver.readConsoleLog(scene.machineId, maxBytes, scene.call());
    return { bytes: content.length, truncated };
  },
});

/** Waits until the guest has printed that it booted; gives the word for that. */
export const bootIsPrinted: Act = {
  ...readConsoleLog(),
  name: 'its boot is in readConsoleLog',
  run: async (scene) => {
    const deadline = performance.now() + PRINTING_MS;
    for (;;) {
      const { content } = await scene.driver.readConsoleLog(scene.machineId, 65_536, scene.call());
      const [printed] = /BOOTED/.exec(Buffer.from(content).toString('latin1')) ?? [];
      if (printed !== undefined || performance.now() > deadline) return printed;
      await sleep(50);
    }
  },
};

/** Gives whether it is a picture of the format that it is said to be. */
export const takeScreenshot: Act = {
  name: 'takeScreenshot',
  needs: 'Screenshot',
  run: async (scene) => {
    const { format, content } = await scene.driver.takeScreenshot(scene.machineId, scene.call());
    return {
      pictures: Buffer.from(content.subarray(0, 4))
        .toString('latin1')
        .includes(format === 'PNG' ? 'PNG' : 'P6'),
    };
  },
};
