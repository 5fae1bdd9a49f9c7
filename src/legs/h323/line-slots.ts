import type { MediaAnswer } from '../../media/negotiate.js';
import type { Line } from '../../media/plane.js';
import type { LineName } from '../../media/vocabulary.js';
import type { ControlSession, LogicalChannel, OutgoingChannel } from '../../protocol/h323/control/contract.js';
import type { LineSlot } from './line-slot.js';

/** The lines of a call, found by name and by the channels that are open on them, and what is true of them together. */
export class LineSlots {
  readonly audio: LineSlot;
  readonly video: LineSlot;
  readonly content: LineSlot;
  /** Flow control of the peer for the whole call, kbit/s. */
  private callKbps: number | null = null;

  constructor(
    make: (name: LineName) => LineSlot,
    /** Of all that is sent (RFC 3550 §6.5.1). */
    private readonly cname: string,
  ) {
    this.audio = make('audio');
    this.video = make('video');
    this.content = make('content');
  }

  get all(): readonly LineSlot[] {
    return [this.audio, this.video, this.content];
  }

  get lines(): Readonly<Record<LineName, Line | null>> {
    const { audio, video, content } = this;
    return { audio: audio.live, video: video.live, content: content.live };
  }

  /** Something is open, and all of it is encrypted. */
  get sealed(): boolean {
    const live = this.all.filter((slot) => slot.live !== null);
    return live.length > 0 && live.every(({ sealed }) => sealed);
  }

  /** Lines that the peer has and that came to nothing. */
  problems(answer: MediaAnswer | null): { line: LineName; reason: string }[] {
    return this.all.flatMap(({ name, problem }) => {
      const reason = problem ?? answer?.refused[name]?.text ?? null;
      return reason === null ? [] : [{ line: name, reason }];
    });
  }

  /** The line of a channel; null for one of none of these lines. */
  nameOf(channel: LogicalChannel): LineName | null {
    return this.all.find(({ out, incoming }) => out === channel || incoming === channel)?.name ?? null;
  }

  /** Flow control of the peer, bit/s, for one channel or (null) the whole call; null lifts it. The lines that it is about. */
  flow(session: ControlSession, channel: OutgoingChannel | null, bps: number | null): LineName[] {
    const kbps = bps === null ? null : Math.floor(bps / 1000);
    if (channel === null) this.callKbps = kbps;
    const slots = this.all.filter(({ out }) => out && (channel === null || out === channel));
    if (channel !== null) for (const slot of slots) slot.flow(session, kbps);
    return slots.map(({ name }) => name);
  }

  /** Says which of our channels carry nothing at present (logicalChannelInactive). */
  idle(session: ControlSession, lines: Readonly<Record<'audio' | 'video', boolean>>): void {
    this.audio.tellIdle(session, lines.audio);
    this.video.tellIdle(session, lines.video);
  }

  /** Brings the line up to the channels that are open. */
  apply(name: LineName): void {
    this[name].apply(this.cname, this.callKbps);
  }

  /** Gives all ports back. */
  close(): void {
    for (const slot of this.all) slot.close();
  }
}
