/**
 * A copy of a track for a second encoding of it. Of one track in two senders a browser takes no more pictures, and no larger
 * ones, than the lesser of both wants.
 */
export class TrackCopy {
  private source: MediaStreamTrack | null = null;
  private copy: MediaStreamTrack | null = null;

  /** The copy of `track`; the one before ends where that was of another. */
  of(track: MediaStreamTrack | null): MediaStreamTrack | null {
    if (track === this.source) return this.copy;
    // a camera or a screen is on as long as a copy of it lives
    this.copy?.stop();
    this.source = track;
    this.copy = track?.clone() ?? null;
    if (track && this.copy) this.copy.contentHint = track.contentHint;
    return this.copy;
  }
}
