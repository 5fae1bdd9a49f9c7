import { EslRefused } from './errors.js';

/** What an answer of `api` is: success, refusal, or text that is neither (data, or a usage line for wrong arguments). */
export type EslAnswer =
  { kind: 'ok'; words: string } | { kind: 'refused'; words: string } | { kind: 'text'; words: string };

/** Reads an answer by its first word. Some answers begin with a refusal or an OK and go on over more lines. */
export function readAnswer(text: string): EslAnswer {
  const words = text.trim();
  const [first = ''] = words.split('\n', 1);
  if (first.startsWith('+OK')) return { kind: 'ok', words: words.slice(3).trim() };
  if (first.startsWith('-ERR') || first.startsWith('-USAGE')) {
    return { kind: 'refused', words: first.slice(first.indexOf(' ') + 1).trim() };
  }
  return { kind: 'text', words };
}

/** Words of a success. Throws EslRefused for all else, since a usage line carries no `-ERR`. */
export function expectOk(text: string): string {
  const { kind, words } = readAnswer(text);
  if (kind !== 'ok') throw new EslRefused(words.slice(0, 200));
  return words;
}
