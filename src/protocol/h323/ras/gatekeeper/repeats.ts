import { createHash } from 'node:crypto';
import type { Clock } from '../../../../base/clock.js';
import type { Endpoint } from '../../../../base/net.js';
import { endpointText } from '../../addresses.js';
import type { RasMessage } from '../../h225/schema.js';
import { bodyOf, nameOf, withTokens, writeRas } from '../messages.js';

/** A request repeated within this time gets the same answer: devices ask three times, five seconds apart at most. */
const keptMs = 15_000;
const mostKept = 4096;

/** A request that was answered, or is being looked at. */
export interface Seen {
  /** What answered it, and where that went; null while nobody knows, and for what is not answered. */
  answer: { octets: Buffer; to: Endpoint } | null;
  /** What told the sender to wait. */
  progress: (() => void) | null;
}

interface Entry extends Seen {
  source: string;
  at: number;
}

/** Answers that were given, for requests that come again because the answer was lost. */
export class Repeats {
  private readonly entries = new Map<string, Entry>();

  constructor(private readonly clock: Pick<Clock, 'now'>) {}

  /** The earlier time that this request came; else it is remembered, to be completed by the caller. */
  seen(message: RasMessage, from: Endpoint): { first: true; entry: Seen } | { first: false; entry: Seen } {
    const key = keyOf(message, from);
    this.forgetOld();
    const found = this.entries.get(key);
    if (found) return { first: false, entry: found };
    const entry: Entry = { answer: null, progress: null, source: endpointText(from), at: this.clock.now() };
    this.entries.set(key, entry);
    return { first: true, entry };
  }

  /** What was said to this source is not true any more. */
  forget(from: Endpoint): void {
    const source = endpointText(from);
    for (const [key, entry] of this.entries) if (entry.source === source) this.entries.delete(key);
  }

  private forgetOld(): void {
    const before = this.clock.now() - keptMs;
    for (const [key, { at }] of this.entries) {
      if (at > before && this.entries.size < mostKept) return;
      this.entries.delete(key);
    }
  }
}

/** Tokens are new in each repetition, the rest is not. */
function keyOf(message: RasMessage, from: Endpoint): string {
  const digest = createHash('sha1')
    .update(writeRas(withTokens(message, undefined)))
    .digest('base64');
  return `${endpointText(from)} ${nameOf(message)} ${bodyOf(message)?.requestSeqNum} ${digest}`;
}
