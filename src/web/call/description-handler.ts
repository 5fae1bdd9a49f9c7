import type { BodyAndContentType, SessionDescriptionHandler } from 'sip.js';
import { NoH264 } from '../errors.js';
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

/**
 * Offer and answer of one call. All three lines (audio, main video, content) are in the first offer, so that sharing
 * never needs a new one: a gateway leg whose lines come unbundled could not be extended (RFC 8829 §5.3.1).
 */
export class DescriptionHandler implements SessionDescriptionHandler {
  readonly connection: RTCPeerConnection;
  readonly audio: RTCRtpTransceiver;
  readonly video: RTCRtpTransceiver;
  readonly content: RTCRtpTransceiver;

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
    for (const line of [this.video, this.content]) {
      // browsers without it offer more, of which the gateway takes H.264 all the same
      if ('setCodecPreferences' in line) line.setCodecPreferences(codecs);
    }
  }

  /** The call is over for signalling; the last picture stays until `release`. */
  close(): void {
    this.connection.getSenders().forEach((sender) => void sender.replaceTrack(null).catch(() => undefined));
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
    await this.connection.setRemoteDescription({ type, sdp: withStartRate(sdp) });
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

/** What is lost is sent again as a stream of its own (RFC 4588). */
function resending(): RTCRtpCodec[] {
  const { codecs = [] } = RTCRtpReceiver.getCapabilities('video') ?? {};
  return codecs.filter(({ mimeType }) => mimeType.toLowerCase() === 'video/rtx');
}
