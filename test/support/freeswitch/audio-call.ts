import { systemClock, type Timer } from '../../../src/base/clock.js';
import type { Datagrams } from '../../../src/base/net.js';
import { systemNet } from '../../../src/base/system-net.js';
import { RTP_HEADER, emptyRtpHeader, readRtp, writeRtpHeader } from '../../../src/protocol/rtp/header.js';
import { Peer, formats } from '../../media/mixer/bench-room.js';
import { RawCall } from '../raw-call.js';
import type { SipPeer } from '../sip-peer.js';
import { toneStrength } from '../tones.js';

const here = '127.0.0.1';

/** An offer of sound in one codec and keys. */
export function audioOffer(port: number, { pt = 0, codec = 'PCMU/8000' } = {}): string {
  const clock = codec.startsWith('opus') ? 48_000 : 8000;
  return [
    ...['v=0', `o=- 1 1 IN IP4 ${here}`, 's=-', `c=IN IP4 ${here}`, 't=0 0', `m=audio ${port} RTP/AVP ${pt} 101`],
    ...[`a=rtpmap:${pt} ${codec}`, `a=rtpmap:101 telephone-event/${clock}`, 'a=fmtp:101 0-15', 'a=ptime:20', ''],
  ].join('\r\n');
}

/** A call written by hand with PCMU both ways: silence until it sings. */
export class AudioCall {
  private readonly header = emptyRtpHeader();
  private readonly voice: Peer;
  private lastAt = 0;
  /** The other side hung up, and why as it says. */
  over = false;
  reason = '';

  private constructor(
    private readonly call: RawCall,
    private readonly socket: Datagrams,
    private readonly sending: Timer,
    private readonly current: { voice: Peer },
  ) {
    this.voice = current.voice;
    socket.onMessage((data) => this.take(data));
    void call.request('BYE').then((bye) => {
      this.over = true;
      this.reason = /^Reason: *(.*)$/im.exec(bye.text)?.[1]?.trim() ?? '';
      call.peer.answer(bye, '200 OK');
    });
  }

  static async place(peer: SipPeer, uri: string, headers: string[] = []): Promise<AudioCall> {
    const socket = await systemNet.udp({ address: here, port: 0 });
    const call = new RawCall(peer, uri);
    await call.invite(audioOffer(socket.local.port), headers);
    const to = Number(/^m=audio (\d+)/m.exec(call.sdp)?.[1]);
    const current = { voice: silent() };
    const sending = systemClock.every(20, () => send(socket, current.voice, to));
    return new AudioCall(call, socket, sending, current);
  }

  /** Its Call-ID, which is its channel's name. */
  get id(): string {
    return this.call.id;
  }

  /** Sends a tone from now on. */
  sing(hz: number, amplitude = 0.2): void {
    const { seq, timestamp } = this.current.voice;
    this.current.voice = Object.assign(new Peer(this.id, 0, formats.PCMU, hz, amplitude), { seq, timestamp });
  }

  /** Sends nothing any more. */
  still(): void {
    this.sending.cancel();
  }

  /** Sends silence again. */
  hush(): void {
    this.sing(400, 0);
  }

  /** Strength (0..1) of a tone in the last 200 ms it heard. */
  hears(hz: number): number {
    if (systemClock.now() - this.lastAt > 200) return 0;
    return toneStrength(this.voice.ear(200), hz, this.voice.decoder.rate);
  }

  /** Hangs up, unless the other side did; idempotent. */
  async end(): Promise<void> {
    if (!this.over) await this.call.bye();
    this.drop();
  }

  /** Is gone without a word; idempotent. */
  drop(): void {
    this.over = true;
    this.sending.cancel();
    this.socket.close();
  }

  private take(data: Uint8Array): void {
    if (readRtp(data, this.header) !== null || this.header.pt !== 0) return;
    this.lastAt = systemClock.now();
    this.voice.take(data.subarray(this.header.payloadStart, this.header.payloadEnd));
  }
}

const silent = (): Peer => new Peer('silent', 0, formats.PCMU, 400, 0);

function send(socket: Datagrams, voice: Peer, port: number): void {
  const payload = voice.payload();
  const packet = new Uint8Array(RTP_HEADER + payload.length);
  writeRtpHeader(packet, 0, false, voice.seq, voice.timestamp, 1);
  packet.set(payload, RTP_HEADER);
  voice.seq = (voice.seq + 1) & 0xffff;
  voice.timestamp = (voice.timestamp + voice.encoder.step) >>> 0;
  socket.send(packet, { address: here, port });
}
