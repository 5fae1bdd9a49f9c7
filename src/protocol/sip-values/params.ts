import { MalformedSip } from './errors.js';
import { isToken, splitOutside } from './split.js';

/** Parameters by lower-case name, in order; `null` where there is no `=`. Values are kept as written, quotes included. */
export type Params = ReadonlyMap<string, string | null>;

/** Most parameters of one value. */
const maxParams = 50;

/** No parameters. */
export const noParams: Params = new Map();

/**
 * Parses `;name=value;flag`. The text is empty or starts with a semicolon.
 *
 * @throws MalformedSip on an empty name, a name that is not a token or too many.
 */
export function parseParams(text: string, at = 0): Params {
  if (text.trim() === '') return noParams;
  const params = new Map<string, string | null>();
  const [head, ...pieces] = splitOutside(text, ';');
  if (head && head.text.trim() !== '') throw new MalformedSip('parameters must start with a semicolon', at);
  if (pieces.length > maxParams) throw new MalformedSip('too many parameters', at);
  for (const piece of pieces) {
    const cut = piece.text.indexOf('=');
    const name = (cut < 0 ? piece.text : piece.text.slice(0, cut)).trim().toLowerCase();
    if (!isToken(name)) throw new MalformedSip('bad parameter name', at + piece.at);
    const value = cut < 0 ? null : piece.text.slice(cut + 1).trim();
    if (value === '') throw new MalformedSip(`parameter ${name} has no value`, at + piece.at);
    params.set(name, value);
  }
  return params;
}

/** `;name=value;flag`. */
export function printParams(params: Params): string {
  let text = '';
  for (const [name, value] of params) text += value === null ? `;${name}` : `;${name}=${value}`;
  return text;
}

/** Copy with one parameter set (`null`: flag). */
export function withParam(params: Params, name: string, value: string | null): Params {
  return new Map(params).set(name, value);
}

/** Copy without one parameter. */
export function withoutParam(params: Params, name: string): Params {
  const copy = new Map(params);
  copy.delete(name);
  return copy;
}
