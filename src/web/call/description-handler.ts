import type { BodyAndContentType, SessionDescriptionHandler } from 'sip.js';
import { NoH264 } from '../errors.js';
import { lowEncoding, type LowWanted } from './low-pictures.js';
import { TrackCopy } from './track-copy.js';
import { markContent, withStartRate } from './sdp-hints.js';

/** What the page puts into its three lines at the start. */
export interface CallTracks {
  audio: MediaStreamTrack | null;
  video: MediaStreamTrack | null;
}

/** Most that is sent on each line, bit/s. */
const cameraBitrate = 1_500_000;
const contentBitrate = 2_500_000;
/** How long to wait for a slow interface to give an address, milliseconds. */
const gatheringMs = 1000;

/** What this browser would not do once it will not do again. */
let lowImpossible = false;

/**
 * Offer and answer of one call. All three lines (audio, main video, content) are in the first offer, so that sharing
 * never needs a new one: by an offer of the gateway, whose lines come unbundled, it could not be extended (RFC 8829
 * §5.3.1). Low encodings of both pictures get lines of their own by an offer of ours, when they are wanted first: until
 * then they cost nothing.
 */
export class DescriptionHandler implements SessionDescriptionHandler {
  readonly connection: RTCPeerConnection;
  readonly audio: RTCRtpTransceiver;
  readonly video: RTCRtpTransceiver;
  readonly content: RTCRtpTransceiver;
  /** Lines of the low encodings. */
  private low: Record<'main' | 'content', RTCRtpTransceiver> | null = null;
  private readonly copies = { main: new TrackCopy(), content: new TrackCopy() };

  /** Throws NoH264. */
  constructor(tracks: CallTracks, iceServers: RTCIceServer[]) {
    this.connection = new RTCPeerConnection({ bundlePolicy: 'balanced', rtcpMuxPolicy: 'require', iceServers });
    const codecs = [...h264Codecs(), ...resending()];
    this.audio = this.connection.addTransceiver(tracks.audio ?? 'audio', { direction: 'sendrecv' });
    const both = (maxBitrate: number): RTCRtpTransceiverInit => ({
      direction: 'sendrecv',
      sendEncodings: [{ maxBitrate }],
    });
    this.video = this.connection.addTransceiver(tracks.video ?? 'video', both(cameraBitrate));
    this.content = this.connection.addTransceiver('video', both(contentBitrate));
    prefer(codecs, this.video, this.content);
  }

  /** Adds the lines of the low encodings. True: they have to be offered now. */
  addLow(): boolean {
    if (this.low || lowImpossible) return false;
    const add = (): RTCRtpTransceiver =>
      this.connection.addTransceiver('video', { direction: 'sendonly', sendEncodings: [{ active: false }] });
    this.low = { main: add(), content: add() };
    prefer([...h264Codecs(), ...resending()], this.low.main, this.low.content);
    return true;
  }

  /** Sends the low encodings that are wanted, of what is sent on the lines they belong to. */
  async sendLow(wanted: LowWanted): Promise<void> {
    for (const what of ['main', 'content'] as const) {
      const sender = this.low?.[what].sender;
      const track = (what === 'main' ? this.video : this.content).sender.track;
      // without a line of its own in the session there is nothing to be set
      if (!sender || this.low?.[what].currentDirection !== 'sendonly') continue;
      const kbps = wanted[what];
      const parameters = sender.getParameters();
      const [encoding] = parameters.encodings;
      if (!encoding) continue;
      // its size is what it is to be: a busy machine, or little to send by, costs it pictures a second
      parameters.degradationPreference = 'maintain-resolution';
      Object.assign(encoding, lowEncoding(what, kbps, track?.getSettings().height));
      await sender.setParameters(parameters);
      await sender.replaceTrack(this.copies[what].of(kbps === null ? null : track));
    }
  }

  /** The call is over for signalling; the last picture stays until `release`. */
  close(): void {
    this.connection.getSenders().forEach((sender) => void sender.replaceTrack(null).catch(() => undefined));
    for (const copy of Object.values(this.copies)) copy.of(null);
  }

  /** Gives the connection up. */
  release(): void {
    this.connection.close();
  }

  hasDescription(contentType: string): boolean {
    return contentType === 'application/sdp';
  }

  async getDescription(): Promise<BodyAndContentType> {
    const answering = this.connection.signalingState === 'have-remote-offer';
    await this.connection.setLocalDescription(
      answering ? await this.connection.createAnswer() : await this.connection.createOffer(),
    );
    await this.gathered();
    const body = markContent(this.connection.localDescription?.sdp ?? '');
    return { body, contentType: 'application/sdp' };
  }

  async setDescription(sdp: string): Promise<void> {
    const type = this.connection.signalingState === 'have-local-offer' ? 'answer' : 'offer';
    try {
      await this.connection.setRemoteDescription({ type, sdp: withStartRate(sdp) });
    } catch (error) {
      // the call is worth more than its low encodings
      if (type === 'offer' || !this.low || this.low.main.currentDirection !== null) throw error;
      lowImpossible = true;
      await this.rollbackDescription();
    }
  }

  async rollbackDescription(): Promise<void> {
    await this.connection.setLocalDescription({ type: 'rollback' });
  }

  sendDtmf(tones: string): boolean {
    const sender = this.audio.sender.dtmf;
    if (!sender?.canInsertDTMF) return false;
    sender.insertDTMF(tones);
    return true;
  }

  /** The gateway learns addresses from connectivity checks, so a slow gathering is not waited for. */
  private gathered(): Promise<void> {
    const connection = this.connection;
    if (connection.iceGatheringState === 'complete') return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(deadline);
        connection.removeEventListener('icegatheringstatechange', check);
        resolve();
      };
      const check = (): void => {
        if (connection.iceGatheringState === 'complete') done();
      };
      const deadline = setTimeout(done, gatheringMs);
      connection.addEventListener('icegatheringstatechange', check);
    });
  }
}

/** What this browser has of H.264, the only picture format of the room. Throws NoH264. */
export function h264Codecs(): RTCRtpCodec[] {
  const codecs = RTCRtpReceiver.getCapabilities('video')?.codecs ?? [];
  const h264 = codecs.filter((codec) => codec.mimeType.toLowerCase() === 'video/h264');
  if (h264.length === 0) throw new NoH264('this browser has no H.264');
  return h264;
}

/** Browsers without it offer more, of which the gateway takes H.264 all the same. */
function prefer(codecs: RTCRtpCodec[], ...lines: RTCRtpTransceiver[]): void {
  for (const line of lines) if ('setCodecPreferences' in line) line.setCodecPreferences(codecs);
}

/** What is lost is sent again as a stream of its own (RFC 4588). */
function resending(): RTCRtpCodec[] {
  const { codecs = [] } = RTCRtpReceiver.getCapabilities('video') ?? {};
  return codecs.filter(({ mimeType }) => mimeType.toLowerCase() === 'video/rtx');
}
