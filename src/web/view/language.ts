import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { say, sayNotice, type Language, type Word } from '../i18n.js';
import type { Notice } from '../notices.js';

/** The language of the page. */
export const LanguageContext = createContext<Language>('en');

/** Words in the page's language. */
export function useWords(): (word: Word, values?: Record<string, string>) => string {
  const language = useContext(LanguageContext);
  return (word, values) => say(language, word, values);
}

/** A notice in words; a reason that is a notice itself is put into words first. */
export function useNotice(): (notice: Notice) => string {
  const language = useContext(LanguageContext);
  return ({ word, values }) => sayNotice(language, word, values);
}
