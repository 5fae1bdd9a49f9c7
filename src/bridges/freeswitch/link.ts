import type { Chance } from '../../base/ids.js';
import { messageOf } from '../../base/errors.js';
import type { Log } from '../../base/log.js';
import type { Line, LineParams, MediaPlane } from '../../media/plane.js';
import type { MediaAddress, MixedFormat } from '../../media/vocabulary.js';
import type { AudioMember, MemberId } from '../../rooms/audio-bridge.js';
import type { FreeSwitchConference } from './conference.js';

const loopback = '127.0.0.1';
/** What halves of a room speak with each other. */
const opus: MixedFormat = {
  kind: 'audio',
  name: 'opus',
  pt: 111,
  clock: 48_000,
  channels: 2,
  params: { useinbandfec: '1' },
};

/** What links are made with. */
export interface LinkTools {
  plane: Pick<MediaPlane, 'open'>;
  chance: Chance;
  log: Log;
}

/** Whether a member is the other half of its room. */
export function isLink(id: MemberId): boolean {
  return id.startsWith('link ');
}

/**
 * Two conferences as one: each has a member that speaks what the other one mixes, by a pair of lines of ours that send to
 * each other. Members that fall out come back by themselves, so that each end outlives its server.
 */
export class Link {
  readonly id: MemberId;
  private readonly ends: AudioMember[] = [];
  private over = false;

  private constructor(
    private readonly lines: readonly [Line, Line],
    private readonly halves: readonly [FreeSwitchConference, FreeSwitchConference],
    private readonly tools: LinkTools,
  ) {
    this.id = `link ${lines[0].id}`;
  }

  /** Rejects when it leads nowhere; nothing is left then. */
  static async between(a: FreeSwitchConference, b: FreeSwitchConference, tools: LinkTools): Promise<Link> {
    const name = `link-${tools.chance.hex(8)}`;
    const open = (end: string): Promise<Line> =>
      tools.plane.open({ id: `${name}-${end}/audio`, kind: 'audio', bind: loopback, advertise: loopback });
    const first = await open('a');
    const second = await open('b').catch((error: unknown) => {
      first.close();
      throw error;
    });
    first.update(towards(second.local, name));
    second.update(towards(first.local, name));
    const link = new Link([first, second], [a, b], tools);
    try {
      await Promise.all([link.enter(0), link.enter(1)]);
    } catch (error) {
      await link.close();
      throw error;
    }
    return link;
  }

  /** Somebody at the console muted or put out an end, with the rest of the members. */
  mend(half: FreeSwitchConference): void {
    const index = half === this.halves[0] ? 0 : 1;
    const end = this.ends[index];
    if (this.over || half !== this.halves[index]) return;
    const mending = end?.state.muted ? end.mute(false) : this.enter(index);
    mending.catch((error: unknown) => {
      this.tools.log.warn(
        { conference: half.name, why: messageOf(error) },
        'The halves of a room do not hear each other',
      );
    });
  }

  /** Idempotent. */
  async close(): Promise<void> {
    if (this.over) return;
    this.over = true;
    await Promise.all(this.ends.map((end) => end.leave()));
    for (const line of this.lines) line.close();
  }

  private async enter(index: 0 | 1): Promise<void> {
    const end = await this.halves[index].join(this.id, this.lines[index], { link: true, pass: true, name: 'link' });
    this.ends[index] = end;
    if (this.over) await end.leave();
  }
}

function towards({ address, rtpPort, rtcpPort }: MediaAddress, cname: string): LineParams {
  return {
    direction: 'sendrecv',
    remote: { address, rtpPort, rtcpPort },
    ...{ receive: [opus], send: [opus], events: { receive: [], send: [] } },
    feedback: { pli: false, fir: false, nack: false, remb: false },
    ...{ cname, maxKbps: null, held: false },
  };
}
