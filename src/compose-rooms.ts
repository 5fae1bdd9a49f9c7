import type { Prompts } from './legs/admission/prompts.js';
import type { PromptLanguage } from './legs/admission/verdict.js';
import type { Prompt } from './rooms/audio-bridge.js';
import { RoomDirectory, type DirectorySettings } from './rooms/directory.js';
import type { RecordingWords } from './rooms/room-recording.js';
import type { RoomTools } from './rooms/room-settings.js';
import { Shelf, type ShelfSettings, type ShelfTools } from './services/recordings/shelf.js';

export type { Shelf } from './services/recordings/shelf.js';

/** How rooms are recorded, and who may have it done. */
export interface RoomRecordings extends ShelfSettings {
  who: 'admin' | 'moderator';
}

/** For those whose audio bridge cannot read our recordings of words. */
const beep: Prompt = { tone: 880, ms: 400 };

type Words = { recordings: Prompts; language: PromptLanguage } | null;

/** Opens the rooms; without a shelf nothing is recorded in them. */
export function openRooms(
  settings: { rooms: DirectorySettings; recordings?: RoomRecordings | null; prompts?: Words },
  tools: Omit<RoomTools, 'recordings'> & ShelfTools,
): { rooms: RoomDirectory; shelf: Shelf | null } {
  const { rooms, recordings = null, prompts = null } = settings;
  if (!recordings) return { rooms: new RoomDirectory(rooms, tools), shelf: null };
  const shelf = new Shelf(recordings, tools);
  return { rooms: new RoomDirectory(rooms, { ...tools, recordings: { shelf, words: wordsOf(prompts) } }), shelf };
}

/** What is said in a room that is recorded; in words, or by a tone where those cannot be played. */
function wordsOf(prompts: Words): RecordingWords {
  if (!prompts) return { begins: [beep], ends: [beep] };
  const { recordings, language } = prompts;
  const said = (name: 'recorded' | 'not-recorded'): Prompt[] => [{ file: recordings.file(name, language) }, beep];
  return { begins: said('recorded'), ends: said('not-recorded') };
}
