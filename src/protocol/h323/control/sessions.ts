import type { ControlRole } from './contract.js';
import type { ChannelMedia } from './values.js';

/** Sessions with a number of their own, H.245 and H.323 §6.2.8. */
const wellKnown = { audio: 1, video: 2, h224: 3 } as const;
/** Session of content where we number it: devices expect no other. */
const contentSession = 32;
/** First session for anything else. */
const otherSession = 33;

/** Numbers of RTP sessions: the master gives them, a slave asks with 0 and remembers. */
export class Sessions {
  private readonly learned = new Map<ChannelMedia['kind'], number>();

  /** Number for a channel that we open: 0 where only the master knows. */
  forOpening(media: ChannelMedia, role: ControlRole | null): number {
    const known = this.known(media);
    if (known !== null) return known;
    return role === 'master' ? this.give(media) : 0;
  }

  /** Number for a channel that the peer opened with 0; null where there is none and we are not to give any. */
  forOffer(media: ChannelMedia, role: ControlRole | null): number | null {
    return this.known(media) ?? (role === 'slave' ? null : this.give(media));
  }

  /** The master said so. */
  learn(media: ChannelMedia, sessionId: number): void {
    if (sessionId > 0) this.learned.set(media.kind, sessionId);
  }

  private known({ kind }: ChannelMedia): number | null {
    const own = kind === 'audio' || kind === 'video' || kind === 'h224' ? wellKnown[kind] : null;
    return own ?? this.learned.get(kind) ?? null;
  }

  private give({ kind }: ChannelMedia): number {
    const taken = new Set(this.learned.values());
    let sessionId = kind === 'content' ? contentSession : otherSession;
    while (taken.has(sessionId)) sessionId++;
    this.learned.set(kind, sessionId);
    return sessionId;
  }
}
