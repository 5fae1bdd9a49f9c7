/** Longest name that is shown. */
const nameLimit = 64;

/** A text of a peer as it may be shown: without control characters and marks of direction. */
export function cleanText(text: string, limit = nameLimit): string {
  const plain = text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '').trim();
  return [...plain].slice(0, limit).join('');
}
