/** The expressions of `get_all_records_where`: `field "x" = "y"`, `true`, `false`, `not (..)`, `.. and ..`, `.. or ..`. */
import type { Value } from '../../../drivers/xen/model/model.ts';
import { failure } from '../wire/failure.ts';

type Fields = Readonly<Record<string, Value>>;
type Predicate = (record: Fields) => boolean;

const TOKEN = /\s*(?:(["'])((?:(?!\1).)*)\1|([A-Za-z_][\w]*)|([()=]))/y;

interface Token {
  readonly kind: 'text' | 'word' | 'sign';
  readonly text: string;
}

/** @throws INTERNAL_ERROR for what is no expression */
export function parseWhere(expression: string): Predicate {
  const tokens = tokensOf(expression.trim());
  const wrong = (): never => {
    throw failure('INTERNAL_ERROR', `Db_filter.Expression_error: ${expression}`);
  };
  const next = () => tokens.shift() ?? wrong();
  const isNext = (text: string) => tokens[0]?.kind !== 'text' && tokens[0]?.text === text && tokens.shift() !== undefined;

  const operand = (): ((record: Fields) => string) => {
    const token = next();
    if (token.kind === 'text') return () => token.text;
    if (token.kind !== 'word' || token.text !== 'field') return wrong();
    const { text: field } = next();
    return (record) => plain(record[field]);
  };
  const unary = (): Predicate => {
    if (isNext('true')) return () => true;
    if (isNext('false')) return () => false;
    if (isNext('not')) return not(unary());
    if (isNext('(')) {
      const inner = either();
      return isNext(')') ? inner : wrong();
    }
    const left = operand();
    if (!isNext('=')) return wrong();
    const right = operand();
    return (record) => left(record) === right(record);
  };
  const both = (): Predicate => {
    const left = unary();
    if (!isNext('and')) return left;
    const right = both();
    return (record) => left(record) && right(record);
  };
  const either = (): Predicate => {
    const left = both();
    if (!isNext('or')) return left;
    const right = either();
    return (record) => left(record) || right(record);
  };
  const whole = either();
  return tokens.length === 0 ? whole : wrong();
}

const not = (inner: Predicate): Predicate => {
  return (record) => !inner(record);
};

const plain = (value: Value | undefined): string => (typeof value === 'object' ? JSON.stringify(value) : String(value));

function tokensOf(expression: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < expression.length) {
    const match = TOKEN.exec(expression);
    if (match === null) throw failure('INTERNAL_ERROR', `Db_filter.Expression_error: ${expression}`);
    const [, quote, text, word, sign] = match;
    if (quote !== undefined) tokens.push({ kind: 'text', text: text ?? '' });
    else if (word !== undefined) tokens.push({ kind: 'word', text: word });
    else tokens.push({ kind: 'sign', text: sign ?? '' });
  }
  return tokens;
}
