/** What this browser keeps of a person's choices; nothing where it keeps nothing. */
export type Kept = 'name' | 'language' | 'microphone' | 'camera' | 'shortcuts';

/** The kept choice, or null. */
export function recall(what: Kept): string | null {
  try {
    return localStorage.getItem(what);
  } catch {
    // storage is forbidden by the browser's settings
    return null;
  }
}

/** Keeps a choice where the browser lets us. */
export function remember(what: Kept, value: string): void {
  try {
    localStorage.setItem(what, value);
  } catch {
    // the page works without
  }
}
