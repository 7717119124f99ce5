/**
 * Interfaces that a machine has and those that it should have. Of one that runs, whether there is one, its MAC and where it
 * is plugged in are mended while it runs, in what runs and in the definition; what else a card is, by the next start.
 */
import type { Drift, MachineInterface } from '../../contract.ts';
import type { Definition, DefinitionPart } from './definition.ts';
import { wantedCard } from './tuning.ts';
import type { ViewedInterface } from './view.ts';

const ABSENT = 'absent';

export function interfaceDrift(wanted: readonly MachineInterface[], { next, live }: Definition): readonly Drift[] {
  const parts = live === undefined ? [next] : [next, live];
  const effect = live === undefined ? 'Boot' : 'Live';
  const isAsked = (card: ViewedInterface): boolean => wanted.some((one) => isCard(card, one));
  const cards = parts.flatMap(({ interfaces }) => interfaces);
  const extra = new Map(cards.flatMap((card) => (isAsked(card) ? [] : [[card.name, card]])));
  return [...wanted.flatMap((one) => cardDrift(one, parts, effect)), ...[...extra.values()].map((card) => extraDrift(card, effect))];
}

/** A card that somebody else put in is left to the guest that has it. */
const extraDrift = (card: ViewedInterface, effect: Drift['effect']): Drift => ({
  field: `interfaces[${card.name}]`,
  effect: isOurs(card) ? effect : 'Boot',
  wanted: ABSENT,
  found: card.source,
});

/** Fields are told by what is done about them: a card that is there, with the right MAC, is plugged over. */
function cardDrift(wanted: MachineInterface, parts: readonly DefinitionPart[], effect: Drift['effect']): readonly Drift[] {
  const cards = parts.map(({ interfaces }) => interfaces.find((card) => isCard(card, wanted)));
  const field = `interfaces[${wanted.name}]`;
  if (cards.includes(undefined)) return [{ field, effect, wanted: sourceText(wanted), found: ABSENT }];
  const differing = (of: (card: ViewedInterface) => string, text: string): string | undefined =>
    cards
      .flatMap((card) => card ?? [])
      .map(of)
      .find((there) => there !== text);
  const mac = differing((card) => card.mac, wanted.mac.toLowerCase());
  const source = differing((card) => card.source, sourceText(wanted));
  return [
    ...(mac === undefined ? [] : [{ field: `${field}.mac`, effect, wanted: wanted.mac.toLowerCase(), found: mac }]),
    ...(source === undefined ? [] : [{ field: `${field}.source`, effect, wanted: sourceText(wanted), found: source }]),
    ...tuningDrift(wanted, cards[0]),
  ];
}

function tuningDrift(wanted: MachineInterface, { tuning: found = {} }: Partial<ViewedInterface> = {}): readonly Drift[] {
  const asked = wantedCard(wanted);
  return [...new Set([...Object.keys(asked), ...Object.keys(found)])].flatMap((part) => {
    const [is, should] = [found[part] ?? ABSENT, asked[part] ?? ABSENT];
    return is === should ? [] : [{ field: `interfaces[${wanted.name}].${part}`, effect: 'Boot' as const, wanted: should, found: is }];
  });
}

/** One that has no name of ours is known by its MAC: somebody else made it. */
const isCard = (card: ViewedInterface, { name, mac }: MachineInterface): boolean =>
  isOurs(card) ? card.name === name : card.mac === mac.toLowerCase();
const isOurs = ({ name, mac }: ViewedInterface): boolean => name !== mac;

/** The name of the interface that a field of effect `Live` is of; undefined: of none. */
export const interfaceOf = (field: string): string | undefined => /^interfaces\[([^\]]+)\]/.exec(field)?.[1];

const sourceText = ({ source }: MachineInterface): string =>
  'network' in source ? `network ${source.network}` : `bridge ${source.bridge}`;
