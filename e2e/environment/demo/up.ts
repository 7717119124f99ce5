/**
 * `make demo`: a control plane, two libvirt hosts and the operator, and an Instance that boots and is shown booting.
 * Run again, it takes what runs already, and a newly built operator. HOSTLER_KUBECONFIG=FILE names a cluster to use instead of
 * a control plane of its own.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { installChart } from '../chart.ts';
import { run } from '../command.ts';
import { Kubectl, type KubeObject } from '../kubectl.ts';
import { Lab } from '../lab.ts';
import { Operator } from '../operator.ts';
import { projectRoot } from '../paths.ts';
import { findProcesses, stopProcesses } from '../processes.ts';
import { serialOutput } from '../serial-output.ts';
import { waitFor } from '../wait.ts';
import { chosenKubeconfig, ownControlPlaneRuns, startOwnControlPlane, useKubeconfig } from './cluster.ts';
import { explain } from './explain.ts';
import { serveDemoImage } from './images.ts';
import { fitManifests } from './manifests.ts';
import { places } from './places.ts';
import { say, step, tell } from './say.ts';

/** The lab's network is that of examples/hypervisors/lab.yaml, unless this machine uses it already. */
const FIRST_SUBNET = 0;
const INSTANCE = 'demo';

/** The operator runs on this machine, so no pod is wanted. All else is as the chart has it. */
const CHART_VALUES = { replicas: 0 };

await tell(async () => {
  const { kubeconfig, lab } = await startWorld();
  const kubectl = new Kubectl(kubeconfig);
  await step('Building the operator', () => run('npm', ['run', '--silent', 'build'], { cwd: projectRoot }));
  await step('Installing the chart with helm', () => installChart(kubeconfig, CHART_VALUES));
  await step('Starting the operator as the chart says', () => startOperator(kubeconfig));
  const image = await step('Making a guest image and serving it', () => serveDemoImage(lab.machineAddress));
  writeManifests(lab, image);
  await step('Applying the examples', () => kubectl.run(['apply', '--server-side', '--filename', places.manifests]));
  await step(`Waiting for instance ${INSTANCE} to be Ready`, () =>
    kubectl.run(['wait', '--for=condition=Ready', `instance/${INSTANCE}`, '--timeout=120s'], { timeoutMs: 150_000 }),
  );
  const instance = await kubectl.get('instance', INSTANCE);
  const output = await step('Listening to its serial port', () => waitForTicks(lab, instance));

  say(`\n$ kubectl get instances\n${(await kubectl.run(['get', 'instances'])).trimEnd()}`);
  say(`\nThe guest says: ${output.trim().split(/\s+/).slice(0, 8).join(' ')} ...`);
  say(explain(lab, instance));
});

interface World {
  readonly kubeconfig: string;
  readonly lab: Lab;
}

/** What runs already is kept as a whole: a new control plane would not know the machines of an old lab. */
async function startWorld(): Promise<World> {
  const chosen = chosenKubeconfig();
  if (chosen !== undefined) useKubeconfig(chosen);
  if (labRuns() && (chosen !== undefined || ownControlPlaneRuns())) {
    say('The cluster and the lab run already.');
    return { kubeconfig: places.kubeconfig, lab: Lab.attach(places.lab) };
  }
  const lab = await step('Starting two libvirt hosts', () => Lab.start(places.lab, FIRST_SUBNET));
  const kubeconfig = chosen ?? (await step('Starting a control plane', startOwnControlPlane));
  return { kubeconfig, lab };
}

function labRuns(): boolean {
  return ['a', 'b'].every((host) => findProcesses(join(places.lab, host), 'libvirtd').length > 0);
}

/** One that runs already ends first, and gives up its Lease, so that the new one need not wait for it. */
async function startOperator(kubeconfig: string): Promise<void> {
  await stopProcesses(places.operator);
  await Operator.start({ kubeconfig, dir: places.operator });
}

function writeManifests(lab: Lab, image: { readonly url: string; readonly sha256: string }): void {
  const examples = join(projectRoot, 'examples');
  const quickStart = readdirSync(join(examples, 'quick-start')).map((file) => join(examples, 'quick-start', file));
  const hostUris = new Map([
    ['host-a', lab.a.tcpUri],
    ['host-b', lab.b.tcpUri],
  ]);
  mkdirSync(places.manifests, { recursive: true });
  for (const file of [join(examples, 'hypervisors/lab.yaml'), ...quickStart]) {
    writeFileSync(join(places.manifests, basename(file)), fitManifests(readFileSync(file, 'utf8'), { hostUris, image }));
  }
}

/** The machine's UUID is the Instance's uid. */
async function waitForTicks(lab: Lab, instance: KubeObject | undefined): Promise<string> {
  const host = instance?.status?.['hypervisorName'] === 'host-b' ? lab.b : lab.a;
  return waitFor('the guest to tick', async () => {
    const output = await serialOutput(host, instance?.metadata.uid ?? '');
    return /BOOTED(\s+TICK){3}/.test(output) && output;
  });
}
