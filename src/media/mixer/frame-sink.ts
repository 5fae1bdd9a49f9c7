import type { Frame, FrameRing } from '../frames.js';

/** Where the mixer's frames go. */
export interface FrameSink {
  /** False when there is no place for it. The payload is the caller's again on return. */
  write(frame: Frame): boolean;
  /** Lets go of everything written. Whether some lies in the ring now, and how many there was no place for after all. */
  flush(): { ringed: boolean; lost: number };
}

/** All frames go to the ring. */
export class RingSink implements FrameSink {
  private ringed = false;

  constructor(private readonly ring: FrameRing) {}

  write(frame: Frame): boolean {
    const written = this.ring.write(frame);
    this.ringed ||= written;
    return written;
  }

  flush(): { ringed: boolean; lost: number } {
    const { ringed } = this;
    this.ringed = false;
    return { ringed, lost: 0 };
  }
}
