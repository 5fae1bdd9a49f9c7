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
    this.pass(!converted);
    this.settle(converted);
  }

  close(): void {
    if (this.over) return;
    this.over = true;
    this.pass(false);
    this.settle(false);
  }

  private pass(on: boolean): void {
    const { member, inner } = this;
    this.tools.plane.feed(member, on ? inner : null, 'bridge');
    this.tools.plane.feed(inner, on ? member : null, 'bridge');
  }

  private settle(converted: boolean): void {
    this.changes
      .run(() => this.convert(converted && !this.over))
      .catch((error: unknown) => {
        this.tools.log.warn(
          { line: this.member.id, why: messageOf(error) },
          'The sound of a member cannot be converted',
        );
      });
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
