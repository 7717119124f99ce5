/** Label selectors, as Kubernetes has them: all terms must hold, and an empty selector selects everything. */
export type Labels = Readonly<Record<string, string>>;

export interface LabelSelector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
    readonly values?: readonly string[];
  }[];
}

export function labelSelector({ matchLabels = {}, matchExpressions = [] }: LabelSelector): (labels: Labels) => boolean {
  return (labels) =>
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) && matchExpressions.every((term) => holds(term, labels));
}

function holds({ key, operator, values = [] }: NonNullable<LabelSelector['matchExpressions']>[number], labels: Labels): boolean {
  const value = labels[key];
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
  }
}
