import { messageOf } from '../../base/errors.js';
import type { Log } from '../../base/log.js';
import { Serial } from '../../base/serial.js';
import type { Line, MediaPlane } from '../../media/plane.js';
import type { AudioBridge, AudioConference } from '../../rooms/audio-bridge.js';

/** What sound is passed with. */
export interface PathTools {
  plane: Pick<MediaPlane, 'feed'>;
  /** Converts between codecs: a conference of two in our own mixer. */
  local: AudioBridge;
  log: Log;
}

/** The sound between a member's line and that of its call to FreeSWITCH: passed on as it is, or converted where it must be. */
export class SoundPath {
  private readonly changes = new Serial();
  private between: AudioConference | null = null;
  private over = false;

  constructor(
    private readonly member: Line,
    private readonly inner: Line,
    private readonly tools: PathTools,
  ) {}

  /** As the lines stand now. */
  connect(converted: boolean): void {
    const { member, inner } = this;
    const { plane } = this.tools;
    plane.feed(member, converted ? null : inner);
    plane.feed(inner, converted ? null : member);
    void this.changes
      .run(() => this.convert(converted && !this.over))
      .catch((error: unknown) => {
        this.tools.log.warn({ line: member.id, why: messageOf(error) }, 'The sound of a member cannot be converted');
      });
  }

  close(): void {
    if (this.over) return;
    this.over = true;
    this.connect(false);
    this.tools.plane.feed(this.member, null);
    this.tools.plane.feed(this.inner, null);
  }

  private async convert(on: boolean): Promise<void> {
    if ((this.between !== null) === on) return;
    const { between } = this;
    this.between = null;
    await between?.close();
    if (!on) return;
    const conference = await this.tools.local.open(`between ${this.inner.id}`);
    this.between = conference;
    await conference.join('member', this.member);
    await conference.join('freeswitch', this.inner);
  }
}
