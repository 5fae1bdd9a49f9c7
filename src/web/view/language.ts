import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { isWord, say, type Language, type Word } from '../i18n';
import type { Notice } from '../meeting';

/** The language of the page. */
export const LanguageContext = createContext<Language>('en');

/** Words in the page's language. */
export function useWords(): (word: Word, values?: Record<string, string>) => string {
  const language = useContext(LanguageContext);
  return (word, values) => say(language, word, values);
}

/** A notice in words; unknown codes show their own text. */
export function useNotice(): (notice: Notice) => string {
  const words = useWords();
  return ({ word, values }) =>
    isWord(word) ? words(word, values) : words('failed', { reason: values?.['reason'] ?? word });
}
