/** All methods by name: what they take and give. */
import { genericMessages, tableOf, type GenericMessage } from '../../../drivers/xen/model/generic.ts';
import { CLASSES, type ClassName, type MethodName } from '../../../drivers/xen/model/model.ts';

export interface Parameter {
  readonly name: string;
  readonly type: string;
  readonly optional: boolean;
}

export interface Method {
  /** `Class.message`, without `Async.` */
  readonly name: string;
  readonly className: ClassName;
  readonly parameters: readonly Parameter[];
  readonly result: string;
  readonly async: boolean;
  /** False of logins alone. */
  readonly needsSession: boolean;
  readonly does:
    | { readonly kind: 'Own'; readonly name: MethodName }
    | { readonly kind: 'Generic'; readonly message: GenericMessage }
    | { readonly kind: 'Where' };
}

const WITHOUT_SESSION: ReadonlySet<string> = new Set(['session.login_with_password', 'session.slave_local_login_with_password']);

const required = (name: string, type: string): Parameter => ({ name, type, optional: false });

function signature(className: ClassName, message: GenericMessage): Pick<Method, 'parameters' | 'result'> {
  const self = required('self', `ref:${className}`);
  switch (message.kind) {
    case 'getRecord':
      return { parameters: [self], result: `record:${className}` };
    case 'getAll':
      return { parameters: [], result: `set ref:${className}` };
    case 'getAllRecords':
      return { parameters: [], result: `map ref:${className} record:${className}` };
    case 'getByUuid':
      return { parameters: [required('uuid', 'string')], result: `ref:${className}` };
    case 'getByNameLabel':
      return { parameters: [required('label', 'string')], result: `set ref:${className}` };
    case 'get':
      return { parameters: [self], result: message.field.type };
    case 'set':
      return { parameters: [self, required('value', message.field.type)], result: 'void' };
    case 'addToMap':
      return {
        parameters: [self, required('key', 'string'), required('value', message.field.type.split(' ')[2] ?? 'string')],
        result: 'void',
      };
    case 'removeFromMap':
      return { parameters: [self, required('key', 'string')], result: 'void' };
    case 'addToSet':
    case 'removeFromSet':
      return { parameters: [self, required('value', message.field.type.split(' ')[1] ?? 'string')], result: 'void' };
  }
}

function* methodsOf(className: ClassName): Iterable<Method> {
  const common = { className, needsSession: true };
  for (const [message, { parameters, result, async }] of Object.entries(tableOf(className).messages)) {
    const name = `${className}.${message}` as MethodName;
    yield {
      ...common,
      name,
      async,
      result,
      parameters: Object.entries(parameters).map(([key, type]) => ({
        name: key,
        type: type.replace('?', ''),
        optional: type.endsWith('?'),
      })),
      needsSession: !WITHOUT_SESSION.has(name),
      does: { kind: 'Own', name },
    };
  }
  for (const [message, generic] of genericMessages(className)) {
    const name = `${className}.${message}`;
    yield { ...common, name, async: false, ...signature(className, generic), does: { kind: 'Generic', message: generic } };
    if (generic.kind !== 'getAllRecords') continue;
    const result = `map ref:${className} record:${className}`;
    yield { ...common, name: `${name}_where`, async: false, parameters: [required('expr', 'string')], result, does: { kind: 'Where' } };
  }
}

export const METHODS: ReadonlyMap<string, Method> = new Map(
  (Object.keys(CLASSES) as ClassName[]).flatMap((className) => [...methodsOf(className)].map((method) => [method.name, method] as const)),
);

/** As `system.listMethods` tells. */
export const methodNames = (): readonly string[] =>
  [...METHODS.values()].flatMap(({ name, async }) => (async ? [name, `Async.${name}`] : [name])).concat('system.listMethods');
