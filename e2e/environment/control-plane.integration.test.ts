import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ControlPlane } from './control-plane.ts';
import { Kubectl } from './kubectl.ts';
import { testDir } from './paths.ts';
import { allProcesses, findProcesses } from './processes.ts';
import { waitFor } from './wait.ts';

const dir = join(testDir, 'control-plane');
let controlPlane: ControlPlane;
let kubectl: Kubectl;

beforeAll(async () => {
  controlPlane = await ControlPlane.start({ dir });
  kubectl = new Kubectl(controlPlane.kubeconfig);
}, 180_000);

afterAll(() => controlPlane?.stop());

const configMap = (name: string, fields: object = {}) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...fields } });

test('a namespace with something in it is emptied and deleted', async () => {
  const tenant = await kubectl.createNamespace('tenant');
  await tenant.apply([configMap('one')]);
  await kubectl.delete('namespace', 'tenant');
  await waitFor('the namespace to be gone', async () => (await kubectl.get('namespace', 'tenant')) === undefined);
}, 60_000);

test('what an object owns is collected after it', async () => {
  await kubectl.apply([configMap('owner')]);
  const owner = await kubectl.get('configmap', 'owner');
  const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: owner?.metadata.uid }];
  await kubectl.apply([configMap('owned', { ownerReferences })]);
  await kubectl.delete('configmap', 'owner');
  await waitFor('the owned object to be gone', async () => (await kubectl.get('configmap', 'owned')) === undefined);
}, 60_000);

test('admission policies are in force', async () => {
  const rules = [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] }];
  const validations = [{ expression: "object.metadata.name != 'forbidden'", message: 'not this name' }];
  const policy = { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingAdmissionPolicy', metadata: { name: 'names' } };
  const binding = { ...policy, kind: 'ValidatingAdmissionPolicyBinding' };
  await kubectl.apply([
    { ...policy, spec: { matchConstraints: { resourceRules: rules }, validations } },
    { ...binding, spec: { policyName: 'names', validationActions: ['Deny'] } },
  ]);
  const refusal = async () => String(await kubectl.apply([configMap('forbidden')], '--dry-run=server').catch((error: unknown) => error));
  await waitFor('the policy to be in force', async () => (await refusal()).includes('not this name'));
}, 60_000);

test('a killed API server comes back at its address with what it had, also for who attaches from outside', async () => {
  await kubectl.apply([configMap('kept')]);
  await controlPlane.killApiServer();
  expect(findProcesses(dir, 'kube-apiserver')).toEqual([]);
  await ControlPlane.attach(dir).startApiServer();
  expect(await kubectl.get('configmap', 'kept')).toMatchObject({ metadata: { name: 'kept' } });
}, 120_000);

test('writes are counted by who made them', async () => {
  await kubectl.apply([configMap('counted')]);
  const mine = await waitFor('the write to be logged', () =>
    controlPlane.writes().find(({ name, user }) => name === 'counted' && user === 'admin'),
  );
  expect(mine).toMatchObject({ verb: 'patch', resource: 'configmaps', code: 201 });
}, 60_000);

test('another one stands beside it, and a start replaces what stood in its directory before', async () => {
  const other = join(testDir, 'control-plane-other');
  const first = await ControlPlane.start({ dir: other });
  await new Kubectl(first.kubeconfig).apply([configMap('of-the-first')]);
  const second = await ControlPlane.start({ dir: other });
  expect(await new Kubectl(second.kubeconfig).get('configmap', 'of-the-first')).toBeUndefined();
  expect(await kubectl.get('namespace', 'default')).toBeDefined();
  await second.stop();
  expect(allProcesses().filter((one) => one.dir === other)).toEqual([]);
}, 180_000);

test('when the data is lost, the cluster is empty and its clients can still log in', async () => {
  await kubectl.apply([configMap('lost')]);
  await controlPlane.loseData();
  expect(await kubectl.get('configmap', 'lost')).toBeUndefined();
}, 180_000);
