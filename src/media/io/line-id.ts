import type { LineId } from '../plane.js';

/** The leg of `<leg id>/<line name>`. */
export function legOf(id: LineId): string {
  const cut = id.lastIndexOf('/');
  return cut < 0 ? id : id.slice(0, cut);
}

/** What kind of picture a video line is for. */
export function roleOf(id: LineId): 'video' | 'content' {
  return /\/(content|lowContent)$/.test(id) ? 'content' : 'video';
}
