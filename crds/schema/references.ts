/** How objects name each other: by name alone, within the own namespace or to a cluster-scoped kind; never across namespaces. */
import { Type } from 'typebox';
import { atomicList, mapOf } from './collections.ts';
import { enumOf, objectName, pattern, text } from './text.ts';

/** A Secret in the operator's own namespace, for cluster-scoped kinds. `keys` says what must be in it. */
export const operatorSecret = (description: string) =>
  Type.Object(
    { name: objectName("Name of the Secret, in the operator's own namespace.") },
    { description, 'x-kubernetes-map-type': 'atomic' },
  );

/** One key of a Secret in the namespace of the object itself. */
export const secretKeyRef = (description: string) =>
  Type.Object(
    {
      name: objectName('Name of the Secret, in the same namespace.'),
      key: pattern('^[-._a-zA-Z0-9]+$', 253, 'Key within the Secret.'),
    },
    { description, 'x-kubernetes-map-type': 'atomic' },
  );

const LABEL_KEY_MAX = 317;
const labelKey = (description: string) => pattern('^[a-zA-Z0-9]([-./_a-zA-Z0-9]*[a-zA-Z0-9])?$', LABEL_KEY_MAX, description);

/** As Kubernetes' own label selectors: all terms must hold; an empty one selects everything. */
export const labelSelector = (description: string) =>
  Type.Object(
    {
      matchLabels: Type.Optional(
        mapOf(text('Value the label must have.', 63), {
          maxProperties: 32,
          description: 'Labels that must all be present with these values.',
        }),
      ),
      matchExpressions: Type.Optional(
        atomicList(
          Type.Object(
            {
              key: labelKey('Label the expression is about.'),
              operator: enumOf(['In', 'NotIn', 'Exists', 'DoesNotExist'], 'How the label is compared with the values.'),
              values: Type.Optional(
                atomicList(text('A value.', 63), {
                  maxItems: 64,
                  description: 'For In and NotIn at least one; for Exists and DoesNotExist none.',
                }),
              ),
            },
            {
              'x-kubernetes-validations': [
                {
                  rule: "(self.operator in ['In', 'NotIn']) == (has(self.values) && size(self.values) > 0)",
                  message: 'values are for In and NotIn, which need at least one, and for them only',
                  fieldPath: '.values',
                },
              ],
            },
          ),
          { maxItems: 32, description: 'Expressions that must all hold.' },
        ),
      ),
    },
    { description, 'x-kubernetes-map-type': 'atomic' },
  );
