import type { Endpoint } from './endpoint.js';
import type { VideoLineName } from './events.js';

/** One command of a user or a driving program. */
export interface Command {
  word: string;
  argument: string;
}

/** Reads a line of words or a JSON object with `command` and `argument`; null for an empty line. */
export function readCommand(line: string): Command | null {
  const text = line.trim();
  if (text === '') return null;
  if (text.startsWith('{')) {
    try {
      const value = JSON.parse(text) as { command?: unknown; argument?: unknown };
      const { command, argument } = value;
      const said = typeof argument === 'string' || typeof argument === 'number' ? String(argument) : '';
      if (typeof command === 'string') return { word: command, argument: said };
    } catch {
      // Falls through: the line is reported as an unknown command.
    }
    return { word: text.slice(0, 40), argument: '' };
  }
  const cut = text.indexOf(' ');
  return cut < 0 ? { word: text, argument: '' } : { word: text.slice(0, cut), argument: text.slice(cut + 1).trim() };
}

/** Does it; what it resolves with is printed when it is not undefined. Rejects with Error for unknown commands. */
export async function runCommand(endpoint: Endpoint, { word, argument }: Command): Promise<unknown> {
  switch (word) {
    case 'share':
      return endpoint.share(argument || 'test-pattern');
    case 'release':
      return endpoint.release();
    case 'page':
      return endpoint.turnPage(Number(argument) || 0);
    case 'mute':
      return endpoint.mute(isOn(argument));
    case 'talk':
      return endpoint.talk(isOn(argument));
    case 'keyframe':
      return endpoint.keyframe(argument === 'content' ? 'content' : ('main' satisfies VideoLineName));
    case 'press':
      return endpoint.press(argument);
    case 'rekey':
      return endpoint.renewKeys();
    case 'hold':
      return endpoint.hold(true);
    case 'resume':
      return endpoint.hold(false);
    case 'state':
      return { ...endpoint.state, figures: endpoint.figures };
    case 'sdp':
      return endpoint.descriptions;
    case 'hangup':
      return endpoint.hangup();
    default:
      throw new Error(`unknown command ${word}`);
  }
}

function isOn(argument: string): boolean {
  return !['off', 'false', '0'].includes(argument);
}
