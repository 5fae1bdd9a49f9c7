import type { Endpoint } from '../../base/net.js';
import type { Way } from '../../base/seen.js';

/** Of H.323: call signalling, H.245 on a connection of its own, and RAS. */
export type Language = 'h225' | 'h245' | 'ras';

/** One message as it was sent or received. */
export interface Taped {
  /** Wall-clock milliseconds since 1970, with fractions. */
  at: number;
  outgoing: boolean;
  way: Way;
  local: Endpoint;
  remote: Endpoint;
  /** What it is written in; absent where one kind of message alone is kept. */
  language?: Language;
  /** One character for each octet, which takes no more memory than the octets. */
  text: string;
  /** How many messages before it were not kept. */
  missing: number;
}

/** What an entry takes besides its text. */
const overhead = 160;

/**
 * Messages of one kind of one call, within so many bytes: how it began stays in one half, and the latest that happened in
 * the other; what is left out is between them. `dull` ones (keep-alives) go before others.
 */
export class Tape {
  private readonly head: Taped[] = [];
  private tail: Taped[] = [];
  private headFull = false;
  private headBytes = 0;
  private tailBytes = 0;
  private left = 0;

  constructor(
    private readonly limit: number,
    private readonly dull: (text: string, language?: Language) => boolean = () => false,
  ) {}

  /** Bytes it takes. */
  get size(): number {
    return this.headBytes + this.tailBytes;
  }

  /** Messages that were not kept since the last one that was. */
  get missing(): number {
    return this.left;
  }

  add(message: Omit<Taped, 'missing'>): void {
    const bytes = message.text.length + overhead;
    const half = this.limit / 2;
    if (bytes > half) {
      this.left += 1;
      return;
    }
    const entry = { ...message, missing: this.left };
    this.left = 0;
    if (!this.headFull && this.headBytes + bytes <= half) {
      this.head.push(entry);
      this.headBytes += bytes;
      return;
    }
    this.headFull = true;
    this.tail.push(entry);
    this.tailBytes += bytes;
    while (this.tailBytes > half) this.dropOldest();
  }

  /** In the order of their arrival. */
  messages(): readonly Taped[] {
    return [...this.head, ...this.tail];
  }

  private dropOldest(): void {
    // the last one has just come
    const dull = this.tail.slice(0, -1).findIndex(({ text, language }) => this.dull(text, language));
    const [gone] = this.tail.splice(Math.max(0, dull), 1);
    if (!gone) return;
    this.tailBytes -= gone.text.length + overhead;
    const next = this.tail[Math.max(0, dull)];
    if (next) next.missing += gone.missing + 1;
  }
}
