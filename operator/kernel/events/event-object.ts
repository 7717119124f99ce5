/**
 * The Event object and how one is made.
 *
 * Source: https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/
 */
import type { KubeObject, NewObject } from '../api/object.ts';
import type { Resource } from '../api/resource.ts';
import { microTime } from '../lease/record.ts';
import type { EventNote } from './recorder.ts';
import { cutBytes, eventName } from './text.ts';

export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly uid: string;
}

export interface EventObject extends KubeObject {
  readonly eventTime: string;
  readonly reportingController: string;
  readonly reportingInstance: string;
  readonly type: string;
  readonly reason: string;
  readonly action: string;
  readonly note: string;
  readonly regarding: ObjectReference;
  readonly related?: ObjectReference;
  readonly series?: { readonly count: number; readonly lastObservedTime: string };
}

export const EVENTS: Resource<EventObject> = { group: 'events.k8s.io', version: 'v1', kind: 'Event', plural: 'events', namespaced: true };

const MAX_WORD = 128;
const MAX_NOTE = 1024;

export interface Reporter {
  /** `hostler.dev/instances`. */
  readonly controller: string;
  /** Which process. */
  readonly instance: string;
}

/** `unique` is lower-case letters and digits. */
export function makeEvent(
  regarding: KubeObject,
  event: EventNote,
  reporter: Reporter,
  now: number,
  unique: string,
): NewObject<EventObject> {
  const { namespace = 'default', name } = regarding.metadata;
  return {
    metadata: { name: eventName(name, unique), namespace },
    eventTime: microTime(now),
    reportingController: reporter.controller,
    reportingInstance: cutBytes(reporter.instance, MAX_WORD),
    type: event.type,
    reason: cutBytes(event.reason, MAX_WORD),
    action: cutBytes(event.action, MAX_WORD),
    note: cutBytes(event.note, MAX_NOTE),
    regarding: referenceTo(regarding),
    ...(event.related !== undefined && { related: referenceTo(event.related) }),
  };
}

function referenceTo({ apiVersion, kind, metadata: { namespace, name, uid } }: KubeObject): ObjectReference {
  return { apiVersion, kind, name, uid, ...(namespace !== undefined && { namespace }) };
}
