/**
 * The API server's audit log: who wrote what. Tests count the operator's writes by it, from outside the operator.
 */
import { existsSync, readFileSync } from 'node:fs';
import { stringify } from 'yaml';

/** What is written to an object of this name is kept with its content: for who does the same again. */
export const RECORDED_NAME = 'recorded';

/** Writes only, without their content, and not those that hold a lease: they repeat for ever. */
export const auditPolicy = stringify({
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived', 'ResponseStarted', 'Panic'],
  rules: [
    { level: 'None', users: ['system:apiserver'] },
    { level: 'None', resources: [{ group: 'coordination.k8s.io' }] },
    {
      level: 'Request',
      verbs: ['patch'],
      resources: [{ group: 'hostler.dev', resources: ['instances', 'instances/status'], resourceNames: [RECORDED_NAME] }],
    },
    { level: 'Metadata', verbs: ['create', 'update', 'patch', 'delete', 'deletecollection'] },
    { level: 'None' },
  ],
});

export interface ApiWrite {
  readonly verb: string;
  /** As the API server knows the writer: `system:serviceaccount:hostler-system:hostler`. */
  readonly user: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** HTTP status of the answer. */
  readonly code: number;
  /** Milliseconds since the epoch, when the request came in. */
  readonly at: number;
  /** As it was sent: path and query. */
  readonly uri: string;
  /** Content of the request; kept for objects named `RECORDED_NAME` only. */
  readonly body: object | undefined;
}

interface AuditEvent {
  readonly verb: string;
  readonly requestURI: string;
  readonly requestObject?: object;
  readonly user: { readonly username?: string };
  readonly objectRef?: { readonly resource?: string; readonly subresource?: string; readonly namespace?: string; readonly name?: string };
  readonly responseStatus?: { readonly code?: number };
  readonly requestReceivedTimestamp: string;
}

/** Every write since the control plane was made, oldest first. A line that is just being written is left out. */
export function readAuditLog(file: string): readonly ApiWrite[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => toWrite(JSON.parse(line) as AuditEvent));
}

function toWrite(event: AuditEvent): ApiWrite {
  return {
    verb: event.verb,
    user: event.user.username ?? '',
    resource: event.objectRef?.resource ?? '',
    subresource: event.objectRef?.subresource ?? '',
    namespace: event.objectRef?.namespace ?? '',
    name: event.objectRef?.name ?? '',
    code: event.responseStatus?.code ?? 0,
    at: Date.parse(event.requestReceivedTimestamp),
    uri: event.requestURI,
    body: event.requestObject,
  };
}
