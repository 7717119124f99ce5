/** What the demo says at its end: what runs, where everything is, and what to try next. Pure. */
import { join } from 'node:path';
import type { KubeObject } from '../kubectl.ts';
import type { Lab } from '../lab.ts';
import { stateDir } from '../paths.ts';
import { places } from './places.ts';

export function explain(lab: Lab, instance: KubeObject | undefined): string {
  const hostName = instance?.status?.['hypervisorName'] === 'host-b' ? 'b' : 'a';
  const uri = lab[hostName].uri;
  return `
What runs
  the cluster                  kubeconfig ${places.kubeconfig}
  libvirt host-a               ${lab.a.tcpUri}, socket ${lab.a.socket}
  libvirt host-b               ${lab.b.tcpUri}, socket ${lab.b.socket}
  the operator                 log in ${join(places.operator, 'operator.log')}
  manifests as applied         ${places.manifests}

What to try next
  export KUBECONFIG=${places.kubeconfig} PATH=${join(stateDir, 'bin')}:$PATH
  kubectl get hypervisors,images,instances
  kubectl patch instance demo --type merge --patch '{"spec":{"powerState":"Stopped"}}'
  kubectl wait --for=condition=Ready instance/demo    # a stopped one that should be stopped is Ready; this guest ignores the button: 5 s
  kubectl patch instance demo --type merge --patch '{"spec":{"powerState":"Running"}}'
  kubectl wait --for=condition=Ready instance/demo
  virsh --connect '${uri}' list --all
  virsh --connect '${uri}' destroy ${instance?.metadata.uid}
  kubectl get instances --watch    # and see it come back; Ctrl-C ends the watch
  kubectl get events
  make demo-down`;
}
