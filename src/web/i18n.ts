import { en } from './words/en.js';
import { zh } from './words/zh.js';

/** Keys of all words on the page. */
export type Word = keyof typeof en;

/** Languages of the page. */
export type Language = 'en' | 'zh';

/** All words by language. */
export const tables: Readonly<Record<Language, Readonly<Record<Word, string>>>> = { en, zh };

/** The person's own choice if any, else the browser's language. */
export function languageFor(chosen: string | null, browser: string): Language {
  if (chosen === 'en' || chosen === 'zh') return chosen;
  return browser.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

/** Whether a word is known, so that error codes can be looked up. */
export function isWord(key: string): key is Word {
  return Object.hasOwn(en, key);
}

/** A word in a language with `{name}` places filled in. */
export function say(language: Language, word: Word, values: Readonly<Record<string, string>> = {}): string {
  return tables[language][word].replace(/\{(\w+)\}/g, (_, key: string) => values[key] ?? '');
}

/** A notice in words; unknown codes of a newer gateway show their own text. */
export function sayNotice(language: Language, word: string, values: Readonly<Record<string, string>> = {}): string {
  return isWord(word) ? say(language, word, values) : say(language, 'failed', { reason: values['reason'] ?? word });
}
