/** Acts whose caller stops waiting, or whose connection ends, while they are under way. */
import type { Act } from '../case.ts';
import type { Scene } from '../scene.ts';

const DEFAULT_IMPATIENT_MS = 300;

const impatientMs = ({ stage }: Scene): number => stage.description.impatientMs ?? DEFAULT_IMPATIENT_MS;

/** With a deadline that a stalled host cannot meet. */
export const impatiently = (act: Act): Act => ({
  ...act,
  name: `${act.name} with a short deadline`,
  run: (scene) => withPatience(scene, { ...scene.patience, timeoutMs: impatientMs(scene) }, () => act.run(scene)),
});

/** Aborted while it waits; `before` it is even called, when so named. */
export const aborted = (act: Act, when: 'under way' | 'before' = 'under way'): Act => ({
  ...act,
  name: `${act.name}, aborted ${when}`,
  run: (scene) => {
    const abort = new AbortController();
    if (when === 'before') abort.abort();
    else setTimeout(() => abort.abort(), impatientMs(scene));
    return withPatience(scene, { ...scene.patience, signal: abort.signal }, () => act.run(scene));
  },
});

/** One that fails, and whose failure is no matter. */
export const failing = (act: Act): Act => ({ ...act, name: `${act.name}, in vain`, run: (scene) => act.run(scene).catch(() => undefined) });

export const whileClosing = (act: Act): Act => during('the driver is closed', act, (scene) => scene.driver.close());

export const whileConnectionsBreak = (act: Act): Act => ({
  ...during('connections break', act, (scene) => scene.host.breakConnections()),
  hands: 'breakConnections',
});

export const close: Act = { name: 'close', run: (scene) => scene.driver.close() };
export const connect: Act = { name: 'connect', run: async (scene) => (await scene.driver.connect(scene.call())).hostId };

function during(what: string, act: Act, happens: (scene: Scene) => Promise<unknown>): Act {
  return {
    ...act,
    name: `${act.name} while ${what}`,
    run: async (scene) => {
      const outcome = act.run(scene);
      // It is looked at below; until then a failure is not unhandled.
      outcome.catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, impatientMs(scene)));
      await happens(scene);
      return outcome;
    },
  };
}

async function withPatience(scene: Scene, patience: Scene['patience'], work: () => Promise<unknown>): Promise<unknown> {
  const usual = scene.patience;
  scene.patience = patience;
  try {
    return await work();
  } finally {
    scene.patience = usual;
  }
}
