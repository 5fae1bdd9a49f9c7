import { familyOf } from '../protocol/sdp/address.js';
import { parseSdp } from '../protocol/sdp/parse.js';
import { readOffer } from './sdp-read.js';
import type { LineAnswer } from './negotiate.js';
import type { LocalLine } from './sdp-locals.js';
import { activeLines, connectionLine } from './sdp-write.js';
import { type OurLine, settle } from './settle.js';
import type { AudioFormat, Direction, TelephoneEventFormat } from './vocabulary.js';

/** Payload number of keys, and another where a codec has that one. */
const EVENT_NUMBERS = [101, 96, 97];
const noFeedback = { pli: false, fir: false, nack: false, remb: false };

/**
 * Offers of sound alone, with payload numbers that are given. One exchange at a time:
 *
 *     stable --offer()--> offered --accept()--> stable
 *                         offered --rollback()--> stable
 */
export class SoundSession {
  private version = 0;
  private offered: OurLine | null = null;

  /** `sessionId` is decimal. */
  constructor(
    private readonly sessionId: string,
    private readonly local: LocalLine,
  ) {}

  /** Also keys, at the clock of the first codec (RFC 4733 §2.1). */
  offer(formats: readonly AudioFormat[], direction: Direction): string {
    const our: OurLine = {
      direction,
      formats: [...formats],
      events: eventsFor(formats),
      feedback: noFeedback,
      rtcpMux: false,
    };
    this.offered = our;
    this.version += 1;
    const { local } = this;
    const { address } = local;
    const family = familyOf(address) ?? 'IP4';
    const origin = `o=dualstream ${this.sessionId} ${this.version} IN ${family} ${address}`;
    const line = { name: 'audio', media: 'audio', proto: 'RTP/AVP', local, our, maxKbps: null } as const;
    const section = activeLines({ ...line, wildcard: false, named: false, mid: null, sessionAddress: address });
    return ['v=0', origin, 's=-', connectionLine(address), 't=0 0', ...section, ''].join('\r\n');
  }

  /**
   * Reads the answer to our offer.
   * @throws MalformedSdp, OversizeSdp, NoCommonMedia; the offer stays open then
   */
  accept(answer: string): LineAnswer {
    const { media, ...rest } = parseSdp(answer);
    const streams = { audio: 0, video: null, content: null, floor: null, fecc: null };
    const theirs = readOffer({ ...rest, media }, streams);
    const agreed = settle(this.offered ? { audio: this.offered } : {}, theirs).lines.audio;
    // `settle` has thrown where there is none
    if (!agreed) throw new Error('sound was agreed on, and is not there');
    this.offered = null;
    return agreed;
  }

  /** Our offer came to nothing. */
  rollback(): void {
    this.offered = null;
  }
}

function eventsFor(formats: readonly AudioFormat[]): TelephoneEventFormat[] {
  const pt = EVENT_NUMBERS.find((number) => !formats.some((format) => format.pt === number));
  const clock = formats[0]?.clock;
  return pt === undefined || clock === undefined ? [] : [{ pt, clock }];
}
