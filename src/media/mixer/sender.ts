import type { Frame } from '../frames.js';
import type { MixedFormat } from '../vocabulary.js';
import type { Encoder } from './codecs/codec.js';
import { createEncoder, encoderKey } from './codecs/factory.js';
import type { OpusLibrary } from './codecs/opus-library.js';

/** Which mix a member is given: everybody's, one without its own voice, or none. */
export type Source = 'shared' | 'own' | 'silence';

/** What one member is sent: numbering of its stream and its own encoder, used while it hears a mix of its own. */
export class Sender {
  readonly key: string;
  /** Names of the encoder that it shares with others, by what it is given. */
  private readonly sharedKeys: Record<Source, string>;
  readonly own: Encoder;
  source: Source = 'shared';
  /** Encoder of the last frame; its state is what the peer's decoder follows. */
  latest: Encoder | null = null;
  private timestamp = 0;
  private lastTick = -1;

  constructor(
    readonly slot: number,
    readonly format: MixedFormat,
    opus?: OpusLibrary,
  ) {
    this.own = createEncoder(format, opus);
    this.key = encoderKey(format);
    const shared = `shared/${this.key}`;
    this.sharedKeys = { shared, own: shared, silence: `silence/${this.key}` };
  }

  get sharedKey(): string {
    return this.sharedKeys[this.source];
  }

  /** Goes on with the numbering of the stream that this one replaces. */
  continue(before: Sender): void {
    this.timestamp = before.timestamp;
    this.lastTick = before.lastTick;
  }

  /** Fills in all of `frame` but its payload. Pauses advance the timestamp and set the marker. */
  stamp(frame: Frame, tick: number): void {
    // counted from the engine's start, so that a line that moves to another room goes on where it was
    if (this.lastTick < 0) this.timestamp = (tick * this.own.step) >>> 0;
    const passed = this.lastTick < 0 ? 0 : tick - this.lastTick;
    this.timestamp = (this.timestamp + passed * this.own.step) >>> 0;
    frame.slot = this.slot;
    frame.pt = this.format.pt;
    frame.marker = passed !== 1;
    frame.timestamp = this.timestamp;
    this.lastTick = tick;
  }

  close(): void {
    this.own.close();
  }
}
