import type { PromptName } from './ivr.js';
import type { PromptLanguage } from './verdict.js';

/** Recordings of what is spoken to callers. */
export interface Prompts {
  /** A WAVE file. */
  file(name: PromptName, language: PromptLanguage): string;
  /** How long it takes, milliseconds. */
  ms(name: PromptName, language: PromptLanguage): number;
}
