import { isRtcp } from '../../protocol/rtp/header.js';
import type { RateRequest, RtcpPacket } from '../../protocol/rtp/rtcp.js';
import type { LineParams, LineStats } from '../plane.js';
import { Forwarder } from '../switch/forwarder.js';
import { KeyframeAsker } from '../switch/keyframe-asker.js';
import { VideoSource } from '../switch/source.js';
import type { LineContext, LineIdentity } from './context.js';
import { DATA_CLOCK } from './formats.js';
import { KeyPresser } from './key-presser.js';
import { Latch } from './latch.js';
import { roleOf, legOf } from './line-id.js';
import { Frailty } from './frailty.js';
import { LineCipher } from './line-cipher.js';
import type { LineEvent } from './messages.js';
import { PeerLimit } from './peer-limit.js';
import { PeerRate, type RateLine } from './peer-rate.js';
import { Protector } from './protector.js';
import { RateMeter } from './rate-meter.js';
import type { RateSink } from './rates.js';
import { Receiver } from './receiver.js';
import { RtcpInput } from './rtcp-input.js';
import { RtcpSession, type SendingState } from './rtcp-session.js';
import { Sender } from './sender.js';
import { ShortSound, type ShortWayOfLine } from './short-sound.js';
import { SilenceWatch } from './silence.js';
import { SignsOfLife } from './signs-of-life.js';
import { SoundPassage } from './sound-passage.js';
import { SoundRelay } from './sound-relay.js';
import type { MediaSocket } from './sockets.js';

/** One RTP/RTCP pair in the io worker: puts the halves together and does what is due. */
export class IoLine {
  readonly source: VideoSource;
  readonly forwarder: Forwarder;
  readonly receiver: Receiver;
  readonly sender: Sender;
  /** Sound of another line that goes out here as it is. */
  readonly relay: SoundRelay;
  params: LineParams | null = null;
  /** Past JavaScript, for sound that goes on as it was; null where there is no such way. */
  readonly short: ShortSound | null;
  /** Where the data or sound of this line goes. */
  feeds: IoLine | null = null;
  private readonly passage = new SoundPassage(
    () => this.feeds?.relay ?? null,
    () => this.tell({ name: 'unpassed', value: undefined }),
  );
  private readonly life: SignsOfLife;
  private readonly keys: KeyPresser;
  private readonly cipher: LineCipher;
  private readonly rtpLatch: Latch;
  private readonly rtcpLatch: Latch;
  private readonly rtcp: RtcpSession;
  private readonly rtcpInput: RtcpInput;
  private readonly asker = new KeyframeAsker();
  private readonly silence: SilenceWatch;
  private readonly rateIn = new RateMeter();
  private readonly rateOut = new RateMeter();
  private readonly limit = new PeerLimit();
  private readonly rate: PeerRate;
  private readonly protector: Protector;
  private readonly frailty = new Frailty();
  private takes: number | null = null;
  /** A low encoding is what the peer gets. */
  private lowOut = false;
  private lastShift = 0;

  constructor(
    readonly identity: LineIdentity,
    private readonly rtpSocket: MediaSocket,
    private readonly rtcpSocket: MediaSocket,
    readonly context: LineContext,
    short: ShortWayOfLine | null = null,
  ) {
    const { limits, between } = context;
    const random = (most: number): number => Math.floor(between(0, most));
    this.rtpLatch = new Latch(limits.relatchMs, () => this.pathMoved());
    this.rtcpLatch = new Latch(limits.relatchMs);
    this.silence = new SilenceWatch(limits.silentMs);
    this.rate = new PeerRate(limits.openKbps, this.rateLine());
    this.rtcp = new RtcpSession(identity.ssrc, context.wallOffset, between);
    this.source = new VideoSource(identity.slot, (urgent) => this.wantKeyframe(urgent));
    const first = { seq: random(0xffff), timestamp: random(0xffffffff) };
    this.cipher = new LineCipher(rtpSocket, context.drops);
    this.sender = new Sender(this.cipher, this.rtpLatch, identity, first, context.repairs);
    this.protector = new Protector(this.sender);
    this.relay = new SoundRelay(this.sender, () => this.params);
    this.life = new SignsOfLife(this.sender);
    this.keys = new KeyPresser(context.clock, this.sender, () => this.params);
    this.forwarder = new Forwarder(
      {
        send: (pt, marker, seq, timestamp, payload) => this.sender.video(pt, marker, seq, timestamp, payload),
        unforwardable: (reason, transcodable) => this.tell({ name: 'unforwardable', value: { reason, transcodable } }),
      },
      random(0xffff),
      random(0xffffffff),
    );
    this.receiver = new Receiver(identity, context, this.rtpLatch, this.source, {
      keyframe: () => this.keyframeArrived(),
      heard: (now) => this.heard(now),
      missing: (now) => this.makeGood(now),
      event: (event) => this.tell(event),
      data: (payload, marker) => this.feeds?.sendData(payload, marker),
      sound: (packet, payload, now) => this.passage.pass(packet, payload, this.params, now),
      mixed: (packet) => this.short?.mixed(packet),
    });
    this.short = short && new ShortSound(short, identity.slot, this.receiver, this.sender, this.rtpLatch);
    this.rtcpInput = new RtcpInput(this.rtcp, {
      heard: (now) => this.heard(now),
      refresh: () => this.pictureLost(),
      reported: () => this.protector.reported(this.rtcp),
      resend: (seq, now) => this.sender.resend(seq, now),
      rateAsked: (request) => this.rateAsked(request),
      rateGranted: () => this.rate.acknowledged(),
      estimated: (estimate, now) => this.limit.estimated(estimate, now),
    });
  }

  /** A datagram on the RTP port. */
  readonly onRtp = (data: Buffer, address: string, port: number): void => {
    if (isRtcp(data)) return this.takeRtcp(data, address, port);
    const now = this.context.clock.now();
    const fault = this.cipher.open(data);
    if (fault === null) this.receiver.input(data, address, port, now);
    else this.receiver.unused(`cipher_${fault}`, address, port, now);
  };

  /** A datagram on the RTCP port. */
  readonly onRtcp = (data: Buffer, address: string, port: number): void => this.takeRtcp(data, address, port);

  /** The outcome of a negotiation. */
  update(params: LineParams): void {
    const now = this.context.clock.now();
    const { remote, direction } = params;
    this.short?.leave();
    this.short?.describe(params);
    this.params = params;
    const receives = direction === 'sendrecv' || direction === 'recvonly';
    const sends = remote !== null && (direction === 'sendrecv' || direction === 'sendonly');
    const hidden = params.traversal !== undefined;
    const moved = this.rtpLatch.signal(remote?.address ?? null, remote?.rtpPort ?? 0, hidden);
    this.rtcpLatch.signal(remote?.address ?? null, remote?.rtcpPort ?? 0, hidden);
    this.cipher.describe(params);
    this.receiver.describe(params, receives);
    this.source.describe(params.receive);
    this.sender.open = sends;
    this.sender.keep(sends && this.identity.kind === 'video' && params.feedback.nack);
    this.sender.describeResending(params.rtx?.send ?? []);
    this.protector.describe(params);
    // browsers state one level whatever they decode
    this.forwarder.describe(params.send, sends, !params.feedback.remb);
    this.limit.describe(params);
    if (moved) this.pathMoved();
    this.silence.watch(this.identity.kind !== 'data' && receives && remote !== null && !params.held, now);
    if (remote === null) this.rtcp.stop();
    else this.rtcp.start(now);
  }

  /** Regular work, several times a second. */
  tick(now: number): void {
    this.makeGood(now);
    this.askIfDue(now);
    if (this.identity.kind === 'video') this.source.frail = this.frailty.of(this.receiver, this.params, now);
    if (this.identity.kind === 'video') this.forwarder.tick(now);
    const digit = this.receiver.expireDigit(now);
    if (digit) this.tell({ name: 'digit', value: digit });
    const quiet = this.silence.check(now);
    if (quiet !== null) this.tell({ name: 'silent', value: { ms: Math.round(quiet) } });
    this.rateIn.sample(this.receiver.bytes, now);
    this.rateOut.sample(this.sender.bytes, now);
    if (this.forwarder.shift !== this.lastShift) {
      this.lastShift = this.forwarder.shift;
      this.rtcp.hurry(now);
    }
    this.life.tick(now, this.params);
    if (this.rtcp.due(now)) this.sendRtcp(this.rate.estimate());
  }

  /** Presses keys towards the peer, if it knows events. */
  press(digits: string, durationMs: number): void {
    this.keys.press(digits, durationMs);
  }

  /** Asks the peer for a keyframe, as soon as debouncing allows. */
  wantKeyframe(urgent = false): void {
    if (this.identity.kind !== 'video') return;
    this.asker.want(urgent);
    this.askIfDue(this.context.clock.now());
  }

  /** What there is to say of this line when rates are allotted. */
  rateSink(now: number, low: boolean): RateSink {
    const { id, ssrc } = this.identity;
    const { own } = this.limit;
    return {
      ...{ leg: legOf(id), content: roleOf(id) === 'content', ssrc, own, call: this.params?.callKbps ?? null },
      congested: this.limit.congested(now, this.rtcp.lossOut),
      sending: this.rateOut.kbps,
      low,
    };
  }

  /** What the peer takes here, else what it says for all its lines, kbit/s; null is everything. */
  get takesKbps(): number | null {
    const stated = [this.limit.own, this.params?.callKbps ?? null].filter((kbps) => kbps !== null);
    return this.takes ?? (stated.length > 0 ? Math.min(...stated) : null);
  }

  /** What the peer may send on this line, and does, kbit/s. */
  get rateAllowed(): number {
    return this.rate.allowed;
  }

  get kbpsIn(): number {
    return this.rateIn.kbps;
  }

  /** Whether media came within the last `ms`. */
  flowing(now: number, ms: number): boolean {
    return this.receiver.packets > 0 && now - this.receiver.heardAt < ms;
  }

  /** The peer is sent so much at most, kbit/s; null is everything. How much of it is left for pictures beside FEC. */
  allow(kbps: number | null, now: number): number | null {
    this.takes = kbps;
    const left = kbps === null ? null : Math.floor(kbps / (1 + this.sender.overhead));
    this.forwarder.thinner.limit(left, now);
    return left;
  }

  /** The peer may send so much, kbit/s, and `beside` in low encodings: it is told when that is news to it. */
  tellRate(kbps: number, now: number, beside = 0): void {
    this.rate.tell(kbps, now, beside);
  }

  /** A low encoding of what the peer sends is needed at this rate, kbit/s, or not any more. */
  tellLowWanted(kbps: number | null): void {
    this.tell({ name: 'lowWanted', value: { kbps } });
  }

  /** Which encoding the peer gets now. */
  tellTier(low: boolean): void {
    if (low === this.lowOut) return;
    this.lowOut = low;
    this.tell({ name: 'tier', value: { low } });
  }

  /** Nobody looks at this line's picture any more. */
  forgetKeyframe(): void {
    this.asker.cancel();
  }

  stats(): LineStats {
    return {
      ...this.receiver.stats(),
      ...this.sender.stats(),
      lossOut: this.rtcp.lossOut,
      roundTripMs: this.rtcp.roundTripMs,
      ...{ kbpsIn: this.rateIn.kbps, kbpsOut: this.rateOut.kbps },
      thinnedOut: this.forwarder.thinner.left,
      takesKbps: this.takes,
      toldKbps: this.rate.told,
      lowOut: this.lowOut,
    };
  }

  /** Says goodbye and frees the ports. */
  close(): void {
    this.keys.close();
    if (this.params?.remote) this.sendRtcp([{ type: 'bye', ssrcs: [this.identity.ssrc] }]);
    this.rtpSocket.close();
    this.rtcpSocket.close();
  }

  private rateLine(): RateLine {
    return {
      ssrc: this.identity.ssrc,
      video: this.identity.kind === 'video',
      params: () => this.params,
      reception: () => this.receiver.reception,
      sendRtcp: (more) => this.sendRtcp(more),
      tell: (event) => this.tell(event),
    };
  }

  /** The peer asks for a keyframe. */
  private pictureLost(): void {
    this.forwarder.refresh();
    this.protector.pictureLost();
  }

  private sendData(payload: Uint8Array, marker: boolean): void {
    const { data } = this.params ?? {};
    if (!data) return;
    const timestamp = this.sender.timestampAt(this.context.clock.now(), DATA_CLOCK, 0);
    this.sender.extra(data.send, marker, timestamp, payload);
  }

  private takeRtcp(data: Buffer, address: string, port: number): void {
    const now = this.context.clock.now();
    const latch = this.muxed ? this.rtpLatch : this.rtcpLatch;
    // Before the first RTCP, only the host that media comes from is believed.
    const guessed = latch.latched || !this.rtpLatch.latched || address === this.rtpLatch.targetAddress;
    const verdict = guessed ? this.rtcpInput.input(data, latch, address, port, this.receiver, now) : 'stranger';
    if (verdict === 'taken' && !this.muxed) {
      const remote = this.params?.remote;
      this.rtpLatch.trustSignalled(address === remote?.address && port === remote.rtcpPort);
    }
    if (verdict === 'stranger') this.receiver.countStranger();
    else if (verdict === 'malformed') this.context.drops.add('rtcp_malformed');
  }

  /** RFC 5104 §4.2.2: who asks is told at once what we go by, and owns that bound. */
  private rateAsked(request: RateRequest): void {
    const mine = request.bounds.filter(({ ssrc }) => ssrc === this.identity.ssrc).sort((a, b) => a.bps - b.bps)[0];
    if (!mine) return;
    const bound = this.limit.request(mine);
    const bounds = [{ ...bound, ssrc: request.sender }];
    this.sendRtcp([{ type: 'tmmbn', sender: this.identity.ssrc, bounds }]);
  }

  private get muxed(): boolean {
    const remote = this.params?.remote;
    return remote !== null && remote !== undefined && remote.rtcpPort === remote.rtpPort;
  }

  /** What went to where the peer was thought to be is lost: its picture begins again. */
  private pathMoved(): void {
    this.short?.leave();
    if (this.sender.open) this.forwarder.refresh();
  }

  private heard(now: number): void {
    if (this.silence.heard(now)) this.tell({ name: 'alive', value: undefined });
  }

  private keyframeArrived(): void {
    this.asker.received();
    this.tell({ name: 'keyframe', value: undefined });
  }

  /** Asks for what is lost: once for the packets where the peer resends, else for a keyframe if anyone looks. */
  private makeGood(now: number): void {
    const reception = this.receiver.reception;
    const verdict = this.receiver.losses.judge(now, this.params?.feedback.nack ?? false);
    if (!verdict || !reception) return;
    if (verdict.resend.length > 0)
      this.sendRtcp([{ type: 'nack', sender: this.identity.ssrc, media: reception.ssrc, lost: verdict.resend }]);
    if (verdict.keyframe && this.receiver.sinks.some((sink) => sink.source === this.source)) this.wantKeyframe();
  }

  private askIfDue(now: number): void {
    const params = this.params;
    const reception = this.receiver.reception;
    if (!this.asker.pending || !params || !reception || !this.asker.due(now)) return;
    const request = this.rtcp.keyframeRequest(reception.ssrc, params.feedback, this.asker.asked > 1);
    if (request) this.sendRtcp([request]);
    else this.tell({ name: 'keyframeWanted', value: undefined });
  }

  private sendRtcp(more: RtcpPacket[]): void {
    const params = this.params;
    const latch = this.muxed ? this.rtpLatch : this.rtcpLatch;
    const address = latch.targetAddress;
    if (!params?.remote || address === null) return;
    const now = this.context.clock.now();
    const beside = params.rtx ? this.identity.resendSsrc : null;
    const compound = this.rtcp.compose(now, params.cname, this.sending(now), this.receiver.reception, more, beside);
    (this.muxed ? this.rtpSocket : this.rtcpSocket).send([compound], latch.targetPort, address);
  }

  private sending(now: number): SendingState {
    const { packets, octets } = this.sender;
    const sound = this.identity.kind === 'audio';
    const timestampNow = sound ? this.sender.audioNow(now, this.params?.send[0]?.clock) : this.videoNow(now);
    return { packets, octets, timestampNow };
  }

  private videoNow(now: number): number | null {
    const source = this.forwarder.source;
    const timestamp = source && this.context.timestampAt(source, now);
    return timestamp === null ? null : (timestamp + this.forwarder.shift) >>> 0;
  }

  private tell(event: LineEvent): void {
    this.context.tell(this.identity.slot, event);
  }
}
