import type { Line } from '../../media/plane.js';
import type { LegMedia } from './leg-media.js';

/**
 * What is known of the content line of one call, and whether the peer may be asked for it.
 *
 *   absent --ours accepted, or theirs--> there <--flipped--> there, inactive
 *   absent, inactive --ours refused--> refused: content goes into the main picture, nothing is asked again
 *   there --the peer's offer leaves it out--> withdrawn: asked for again only when the peer wants to present
 *   refused, withdrawn --the peer offers it itself--> there
 */
export class ContentLine {
  private refused = false;
  private withdrawn = false;
  private was: boolean;

  constructor(
    private readonly media: LegMedia,
    /** The peer is a browser: a line that it did not offer cannot be added to it. */
    private readonly web: boolean,
  ) {
    this.was = media.lines.content !== null;
  }

  describe(): string {
    const line = this.media.lines.content;
    if (line) return this.carries ? 'there' : this.refused ? 'inactive, refused' : 'inactive';
    return this.refused ? 'refused' : this.withdrawn ? 'withdrawn' : 'absent';
  }

  /** We may send on it now. */
  get carries(): boolean {
    const direction = this.media.lines.content?.params?.direction;
    return direction === 'sendrecv' || direction === 'sendonly';
  }

  /** Content has a line of its own, or can have one. */
  get separate(): boolean {
    const there = this.media.lines.content !== null && (this.carries || !this.refused);
    return there || this.mayAsk;
  }

  /** Whether an offer of ours may add the line, or turn it from inactive. */
  get mayAsk(): boolean {
    const { lines, party } = this.media;
    // a call on hold is left alone
    if (this.refused || isHeld([lines.audio, lines.video])) return false;
    if (lines.content) return true;
    // a device without floor control would not know what a second picture is
    if (this.web || party === null) return false;
    return !this.withdrawn || this.media.presents;
  }

  /** The peer refused what we asked for, for good. */
  refuse(): void {
    this.refused = true;
  }

  /** After every exchange; `byPeer` where the offer was the peer's. */
  changed(byPeer: boolean): void {
    const is = this.media.lines.content !== null;
    if (byPeer && is && (!this.was || this.carries)) this.refused = this.withdrawn = false;
    if (byPeer && !is && this.was) this.withdrawn = true;
    this.was = is;
  }
}

/** Hold stops every line; a single one may have other reasons. */
function isHeld(lines: readonly (Line | null)[]): boolean {
  const open = lines.filter((line) => line !== null);
  return open.length > 0 && open.every(({ params }) => params?.held === true);
}
