import { deviceOf, dialectOf } from '../../media/device-profile.js';
import type { DeviceProfile } from '../../media/dialect.js';
import { protectionOf } from '../../media/keying.js';
import { isPassed } from '../../media/passed-sound.js';
import type { Line } from '../../media/plane.js';
import { DescriptionTooLong, type Locals, type Negotiated, type SdpSession } from '../../media/sdp-session.js';
import type { PassedCodecName } from '../../media/vocabulary.js';
import type { FloorTransport } from '../../protocol/sdp/floor-rules.js';
import { EncryptionRequired } from '../admission/encryption.js';
import type { LegMedia } from './leg-media.js';
import type { SrtpGuard } from './srtp-policy.js';
import { type Wanted, wantedBy } from './wanted.js';

/** Translates between the peer's descriptions and plain RTP; absent on legs that are plain already. */
export interface SdpAnchor {
  /** The peer, which has not said anything yet, is a browser. */
  towardsBrowser(): void;
  offerFromPeer(sdp: string): Promise<string>;
  answerToPeer(plain: string): Promise<string>;
  offerToPeer(plain: string): Promise<string>;
  answerFromPeer(sdp: string): Promise<string>;
  /** The same of one that is not the final answer, and which may refuse what that takes. */
  previewFromPeer(sdp: string): Promise<string>;
  close(): Promise<void>;
}

/** What a call does without first. */
const least = { fecc: false, lowVideo: false, lowContent: false };

/** Offers and answers of one dialog, with the ports they need. Calls must not overlap: Glare sees to that. */
export class Exchanges {
  /** What kind of device the peer is, as its descriptions show it; null is one that is not known. */
  device: DeviceProfile | null = null;
  /** How the peer calls itself. */
  agent = '';
  /** It says that it is a conference (RFC 4579): an MCU, which may insist on serving the floor. */
  focus = false;
  /** What the floor control of our last offer went over, where the peer refused it. */
  floorRefused: FloorTransport | null = null;
  private floorOffered: Wanted['floor'] = null;
  private keyed = false;
  /** Lines in force. */
  private wanted: Wanted = { audio: false, video: false, content: false, floor: null, fecc: false };

  constructor(
    private readonly session: SdpSession,
    private readonly media: LegMedia,
    private readonly anchor: SdpAnchor | null,
    private readonly cname: string,
    /** Bytes of the longest description that the SIP engine can send; what an anchor adds counts. */
    private readonly longest = Number.POSITIVE_INFINITY,
    private readonly srtp: SrtpGuard | null = null,
  ) {}

  /** Whether all media of the call is encrypted, as of the last exchange. */
  get encrypted(): boolean {
    return this.anchor !== null && this.keyed;
  }

  /** Takes what a message of the peer says about it. */
  hear(message: { get(name: string): string | undefined } | null): void {
    this.agent = message?.get('User-Agent') ?? message?.get('Server') ?? '';
    this.focus = /;\s*isfocus\b/i.test(message?.get('Contact') ?? '');
  }

  /** The room takes encrypted calls only. @throws EncryptionRequired when this is none */
  requireEncryption(): void {
    if (!this.encrypted) throw new EncryptionRequired('encrypted media (SRTP) is required in this room');
    this.srtp?.demand();
  }

  get current(): Negotiated | null {
    return this.session.current;
  }

  /** Codecs of an offer that are only passed on, in its order; none where keys are between us and the peer. */
  passedIn(offer: string): PassedCodecName[] {
    const formats = this.anchor ? [] : (this.session.peek(offer).audio?.formats ?? []);
    return formats.map(({ name }) => name).filter(isPassed);
  }

  /**
   * Answers the peer's offer and puts the outcome into force; lines go that make the answer too long for the engine.
   * @throws MalformedSdp, NoCommonMedia, OutOfPorts, DescriptionTooLong, EncryptionRequired
   */
  async answer(offer: string): Promise<string> {
    if (this.session.current) this.srtp?.later(offer);
    this.recognise(offer);
    const plain = this.anchor ? await this.anchor.offerFromPeer(offer) : offer;
    const asked = this.session.peek(plain);
    const [negotiated, wanted] = await this.shortened(wantedBy(asked), (locals) =>
      this.session.answer(plain, locals, this.longestPlain),
    );
    this.wanted = wanted;
    this.media.apply(negotiated, this.cname);
    const sdp = this.anchor ? this.fitted(await this.anchor.answerToPeer(negotiated.sdp)) : negotiated.sdp;
    this.srtp?.later(sdp);
    this.keyed = protectionOf(sdp) === 'all';
    return sdp;
  }

  /** Makes an offer of ours; `add` is what it wants beyond what is there, `full` lists everything we can on each line. */
  async offer(add: Partial<Wanted> = {}, scope: 'current' | 'full' = 'current'): Promise<string> {
    const [plain, wanted] = await this.shortened({ ...this.wanted, ...add }, (locals) => this.offered(locals, scope));
    this.floorOffered = wanted.floor;
    return this.fitted(this.anchor ? await this.anchor.offerToPeer(plain) : plain);
  }

  /** Reads the peer's answer to our offer and puts it into force. */
  async accept(answer: string): Promise<void> {
    this.srtp?.later(answer);
    this.recognise(answer);
    const plain = this.anchor ? await this.anchor.answerFromPeer(answer) : answer;
    const negotiated = this.session.accept(plain);
    this.media.apply(negotiated, this.cname);
    this.keyed = protectionOf(answer) === 'all';
    const { lines } = this.media;
    this.wanted = {
      audio: lines.audio !== null,
      video: lines.video !== null,
      content: lines.content !== null,
      floor: this.media.party?.local.transport ?? null,
      fecc: this.media.fecc !== null,
      lowVideo: lines.lowVideo !== null,
      lowContent: lines.lowContent !== null,
    };
    this.floorRefused = this.wanted.floor === null ? this.floorOffered : null;
  }

  /**
   * Puts the sound of an answer before the final one into force; null without any. The offer stays open.
   * @throws MalformedSdp, OversizeSdp, BadAnswer, NoCommonMedia, EncryptionRequired
   */
  async preview(answer: string): Promise<Line | null> {
    this.srtp?.later(answer);
    const plain = this.anchor ? await this.anchor.previewFromPeer(answer) : answer;
    return this.media.preview(this.session.preview(plain), this.cname);
  }

  /** Our offer came to nothing; ports it opened are closed again. */
  rollback(): void {
    this.session.rollback();
    this.media.keepOnly(this.wanted);
  }

  /** Once known a device stays what it is: later descriptions may say less. */
  private recognise(description: string): void {
    this.device ??= deviceOf(description, this.agent);
    this.media.dialect = dialectOf(this.device);
  }

  private offered(locals: Locals, scope: 'current' | 'full'): string {
    try {
      return this.session.offer(locals, scope, this.longestPlain);
    } catch (error) {
      if (scope === 'current' || !(error instanceof DescriptionTooLong)) throw error;
      return this.session.offer(locals, 'current', this.longestPlain);
    }
  }

  /** An anchor adds keys, fingerprints and candidates of about the length that we write. */
  private get longestPlain(): number {
    return this.anchor ? this.longest / 2 : this.longest;
  }

  private fitted(sdp: string): string {
    const bytes = Buffer.byteLength(sdp);
    if (bytes > this.longest) throw new DescriptionTooLong(bytes, this.longest);
    return sdp;
  }

  /** Describes all that is wanted, else without low encodings and the camera's control, else without content too. */
  private async shortened<T>(wanted: Wanted, describe: (locals: Locals) => T): Promise<[T, Wanted]> {
    for (const less of [{}, least]) {
      const these = { ...wanted, ...less };
      try {
        return [await this.prepared(these, describe), these];
      } catch (error) {
        if (!(error instanceof DescriptionTooLong)) throw error;
      }
    }
    const bare = { ...wanted, ...least, content: false, floor: null };
    return [await this.prepared(bare, describe), bare];
  }

  /** Opens what an exchange needs and describes it; what it opened is closed again when it fails. */
  private async prepared<T>(wanted: Wanted, describe: (locals: Locals) => T): Promise<T> {
    try {
      await this.media.prepare(wanted);
      return describe(this.media.locals(wanted));
    } catch (error) {
      this.media.keepOnly(this.wanted);
      throw error;
    }
  }

  async close(): Promise<void> {
    this.media.close();
    await this.anchor?.close();
  }
}
