import { negotiate, NoCommonMedia, type Abilities, type LineAnswer, type MediaOffer } from './negotiate.js';
import type { LineName } from './vocabulary.js';

/** What `negotiate` agrees for one line; null where nothing is in common. */
export function tryLine(abilities: Abilities, name: LineName, offer: MediaOffer): LineAnswer | null {
  try {
    return negotiate(abilities, offer).lines[name] ?? null;
  } catch (error) {
    if (error instanceof NoCommonMedia) return null;
    throw error;
  }
}
