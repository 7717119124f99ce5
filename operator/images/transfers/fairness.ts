/**
 * Who is to have a slot of a host. Pure.
 *
 * First come, first served, but a namespace that has none comes before one that has some; and while it waits, no other
 * keeps more than one. So nobody who fills a queue, or feeds a host slowly, keeps the others out. Among namespaces that have
 * as much the kind of work that has least comes first: a night of backups keeps no new instance from its image, and images
 * keep no backup from its turn; then the namespace that had no turn for longest, however many others there are.
 */
/** An image on its way to the host, a copy that the host makes, or one on its way to a store. */
export type Work = 'Image' | 'Copy' | 'Send';

export interface Claim {
  readonly namespace: string;
  readonly work: Work;
  /** Lower came earlier. */
  readonly order: number;
  /** `Leaving` was told to give its slot back, and has not done so yet. */
  readonly state: 'Waiting' | 'Holding' | 'Leaving';
}

export type Move<T extends Claim> = { readonly kind: 'Grant'; readonly claim: T } | { readonly kind: 'Revoke'; readonly claim: T };

/**
 * What is to be done next; undefined when all is as it should be. To be asked again after each move. `servedAt`: when a
 * namespace was given a slot last, in whatever grows with each; 0 of one that was given none.
 */
export function nextMove<T extends Claim>(
  claims: readonly T[],
  limit: number,
  servedAt: (namespace: string) => number = () => 0,
): Move<T> | undefined {
  const held = new Map<string, number>();
  for (const { namespace, state } of claims) if (state === 'Holding') held.set(namespace, (held.get(namespace) ?? 0) + 1);
  const heldBy = ({ namespace }: Claim): number => held.get(namespace) ?? 0;
  const alike = ({ work }: Claim): number => claims.filter((claim) => claim.state === 'Holding' && claim.work === work).length;
  const inOrder = claims.toSorted((a, b) => a.order - b.order);
  const waiting = inOrder
    .filter(({ state }) => state === 'Waiting')
    .toSorted((a, b) => heldBy(a) - heldBy(b) || alike(a) - alike(b) || servedAt(a.namespace) - servedAt(b.namespace));
  const [next] = waiting;
  if (next === undefined) return undefined;
  if (claims.length - waiting.length < limit) return { kind: 'Grant', claim: next };
  const without = new Set(waiting.filter((claim) => heldBy(claim) === 0).map(({ namespace }) => namespace));
  const leaving = claims.filter(({ state }) => state === 'Leaving').length;
  if (without.size <= leaving) return undefined;
  // The youngest of whoever has most: it loses least. A copy ends by itself, and begun anew it would be of another moment.
  const [loser] = inOrder
    .filter((claim) => claim.state === 'Holding' && claim.work !== 'Copy' && heldBy(claim) > 1)
    .toReversed()
    .toSorted((a, b) => heldBy(b) - heldBy(a));
  return loser && { kind: 'Revoke', claim: loser };
}
