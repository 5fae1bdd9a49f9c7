/** What a framing rule says of the bytes at the front of the buffer. */
export type FrameVerdict =
  | { kind: 'frame'; skip: number; length: number }
  | { kind: 'skip'; length: number }
  | { kind: 'more' }
  | { kind: 'bad'; why: string };

/** Looks at `buffer` from `from` and says where the next frame is. It must not keep the buffer. */
export type FrameRule = (buffer: Buffer) => FrameVerdict;

/** A byte stream that no longer makes sense; the connection must be closed. */
export class FramingError extends Error {
  constructor(
    message: string,
    /** What was whole before it stopped making sense. */
    readonly frames: readonly Buffer[] = [],
  ) {
    super(message);
  }
}

const nothing = Buffer.alloc(0);

/**
 * Cuts a byte stream into frames with a bounded buffer. A `skip` verdict drops bytes (keep-alives), `bad` and overflow
 * throw FramingError; after that the framer refuses everything.
 */
export class Framer {
  private pending: Buffer = nothing;
  private dead = false;
  /** Whether it gave up because a frame did not end in time, rather than for what the bytes said. */
  overflown = false;

  /** `limit` is the largest number of bytes held for one unfinished frame. */
  constructor(
    private readonly rule: FrameRule,
    private readonly limit: number,
  ) {}

  /** Feeds a chunk and returns the frames it completed, as views that stay valid. */
  push(chunk: Uint8Array): Buffer[] {
    if (this.dead) throw new FramingError('framer is closed');
    const view = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    this.pending = this.pending.length === 0 ? Buffer.from(view) : Buffer.concat([this.pending, view]);
    const frames: Buffer[] = [];
    while (this.pending.length > 0) {
      const verdict = this.rule(this.pending);
      if (verdict.kind === 'more') break;
      if (verdict.kind === 'bad') return this.fail(verdict.why, frames);
      if (verdict.kind === 'frame') {
        frames.push(this.pending.subarray(verdict.skip, verdict.skip + verdict.length));
        this.pending = this.pending.subarray(verdict.skip + verdict.length);
      } else {
        this.pending = this.pending.subarray(verdict.length);
      }
    }
    // not a slice of it, which would keep all that came
    if (this.pending.length === 0) this.pending = nothing;
    this.overflown = this.pending.length > this.limit;
    if (this.overflown) return this.fail(`frame exceeds ${this.limit} bytes`, frames);
    return frames;
  }

  private fail(why: string, frames: readonly Buffer[]): never {
    this.dead = true;
    this.pending = nothing;
    throw new FramingError(why, frames);
  }
}
