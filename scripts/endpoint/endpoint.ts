import type { Timer } from '../../src/base/clock.js';
import { Disposables } from '../../src/base/disposables.js';
import { messageOf } from '../../src/base/errors.js';
import type { Heard } from './audio/line.js';
import type { EndpointEvent, Happening, VideoLineName } from './events.js';
import type { EndpointFloor } from './floor.js';
import type { EndpointMedia } from './media.js';
import { withDefaults, type EndpointOptions, type FullOptions } from './options.js';
import { offeredTransport, openParts, type EndpointParts } from './parts.js';
import { encodePages } from './pattern/pages.js';
import { PagesSource, type PictureSource } from './pattern/source.js';
import { floorTransport } from '../../src/protocol/sdp/floor-rules.js';
import type { CallSdp } from './sdp/call-sdp.js';
import type { Outcome } from './sdp/outcome.js';
import type { FloorOver } from './sdp/roles.js';
import type { IncomingInvite } from './sip/answering.js';
import { placeCall, type CallHandlers, type SipCall } from './sip/call.js';
import { vendorNamed } from './vendors/index.js';
import type { Picture } from './view/viewer.js';

/** What an endpoint hears, sees and holds at the moment. */
export interface EndpointState {
  phase: 'calling' | 'connected' | 'ended';
  reason: string;
  heard: Heard;
  main: Picture;
  content: Picture;
  /** Own floor request: idle, pending, granted, ... */
  floor: string;
  holder: string | null;
}

/** A condition did not come true in time; the message holds the endpoint's state. */
export class WaitedInVain extends Error {}

const lookEvery = 20;
const listenEvery = 200;

/** A room system without hardware: one call with sound, camera, content and floor control. */
export class Endpoint {
  /** Everything that happened so far. */
  readonly events: EndpointEvent[] = [];
  /** Resolves when the call ended, however. */
  readonly over: Promise<{ reason: string }>;
  private resolveOver: (end: { reason: string }) => void = () => undefined;
  private readonly media: EndpointMedia;
  private readonly floor: EndpointFloor;
  private readonly sdp: CallSdp;
  private readonly bag = new Disposables();
  private readonly listeners = new Set<(event: EndpointEvent) => void>();
  private call: SipCall | null = null;
  private content: { what: string; source: PictureSource } | null = null;
  private phase: EndpointState['phase'] = 'calling';
  private reason = '';
  private lastSign = { heard: -1, at: 0 };
  private heard: Heard = { tones: [], level: -100, packets: 0 };

  private constructor(
    private readonly options: FullOptions,
    { media, floor, sdp }: EndpointParts,
  ) {
    this.media = media;
    this.floor = floor;
    this.sdp = sdp;
    this.over = new Promise((resolve) => (this.resolveOver = resolve));
  }

  /** Use `startEndpoint`. */
  static start(given: EndpointOptions): Promise<Endpoint> {
    const options = withDefaults(given);
    return Endpoint.with(options, offeredTransport(options), (endpoint) => endpoint.dial());
  }

  /** Use `listenForCalls`. Takes a call; rejects, and refuses it, when that cannot be. */
  static answer(given: EndpointOptions, invite: IncomingInvite): Promise<Endpoint> {
    const options = withDefaults(given);
    const [, offered = ''] = /^m=application [1-9]\d* (\S+\/BFCP)/m.exec(invite.offer) ?? [];
    const over = floorTransport(offered);
    const transport = over === null || over === 'WS' || over === 'WSS' ? offeredTransport(options) : over;
    return Endpoint.with(options, transport, (endpoint) => endpoint.pickUp(invite));
  }

  private static async with(
    options: FullOptions,
    transport: FloorOver,
    begin: (endpoint: Endpoint) => Promise<void>,
  ): Promise<Endpoint> {
    let endpoint: Endpoint | null = null;
    const parts = await openParts(options, transport, {
      tell: (what) => endpoint?.tell(what),
      granted: (holds) => endpoint?.floorChanged(holds),
    });
    endpoint = new Endpoint(options, parts);
    try {
      await begin(endpoint);
    } catch (error) {
      endpoint.ended(messageOf(error));
      throw error;
    }
    return endpoint;
  }

  get name(): string {
    return this.options.name;
  }

  /** Everything at a glance. */
  get state(): EndpointState {
    return {
      phase: this.phase,
      reason: this.reason,
      heard: this.heard,
      main: this.media.main.viewer.picture,
      content: this.media.content.viewer.picture,
      floor: this.floor.request,
      holder: this.floor.holder,
    };
  }

  /** Both descriptions of the call, as they went over the wire last. */
  get descriptions(): { local: string; remote: string } {
    return { local: this.sdp.local, remote: this.sdp.remoteText };
  }

  /** Packet and keyframe counters by line, and the forms of H.264 payload received. */
  get figures(): Record<string, unknown> {
    const { audio, main, content } = this.media;
    const video = (line: typeof main): object => ({
      ...line.port.stats,
      ...line.counters,
      forms: line.depacketizer.forms,
      decodeErrors: line.viewer.decodeErrors,
    });
    return { audio: audio.port.stats, main: video(main), content: video(content) };
  }

  /** Calls back for every event from now on. */
  onEvent(listener: (event: EndpointEvent) => void): { dispose(): void } {
    this.listeners.add(listener);
    return { dispose: () => void this.listeners.delete(listener) };
  }

  /** Resolves as soon as the state passes `test`; rejects with WaitedInVain. */
  waitFor(test: (state: EndpointState) => boolean, timeoutMs: number, what = 'a state'): Promise<EndpointState> {
    return this.until(() => (test(this.state) ? this.state : null), timeoutMs, what);
  }

  /** Resolves with the first event that passes `test`, looking back `from` the given index of `events`. */
  nextEvent(
    test: (event: EndpointEvent) => boolean,
    timeoutMs: number,
    from = this.events.length,
  ): Promise<EndpointEvent> {
    return this.until(() => this.events.slice(from).find(test) ?? null, timeoutMs, 'an event');
  }

  /** Asks for the floor and shares once it is granted. Rejects when the file cannot be read or the floor is denied. */
  async share(what = 'test-pattern'): Promise<string> {
    const source = await this.openShare(what);
    const content = (this.content = { what, source });
    const state = await this.floor.ask(what);
    if (this.floor.request !== 'granted') return state;
    // the loss of an earlier grant may have come in between
    this.content = content;
    this.floorChanged(true);
    return state;
  }

  /** Gives the floor back, or withdraws the request. */
  async release(): Promise<string> {
    return this.floor.release();
  }

  /** Turns the pages of a shared PDF. */
  turnPage(page: number): void {
    const source = this.content?.source;
    if (source instanceof PagesSource) source.turn(page);
  }

  mute(on: boolean): void {
    this.media.audio.muted = on;
  }

  /** Tone or silence. */
  talk(on: boolean): void {
    this.media.audio.talking = on;
  }

  /** Asks the other side for a keyframe by PLI, or FIR. */
  keyframe(line: VideoLineName = 'main', fir = false): void {
    this.media.line(line).ask(fir);
  }

  /** Puts the other side on hold, or resumes, by re-INVITE; `inactive` stops what it sends as well. */
  async hold(on: boolean, how: 'sendonly' | 'inactive' = 'sendonly'): Promise<void> {
    await this.reoffer(on ? how : 'sendrecv');
  }

  /** Says by re-INVITE that it takes so much from now on, kbit/s on all lines together. */
  async take(kbps: number): Promise<void> {
    this.sdp.takes(kbps);
    await this.reoffer('sendrecv');
  }

  private async reoffer(direction: 'sendonly' | 'sendrecv' | 'inactive'): Promise<void> {
    const answer = await this.call?.reinvite(this.sdp.reoffer(direction));
    if (answer !== undefined) this.apply(this.sdp.answered(answer), 'renegotiated');
  }

  /** Ends the call and frees everything; idempotent. */
  async hangup(): Promise<void> {
    const { call } = this;
    this.call = null;
    this.ended('hung up here');
    await call?.hangup();
  }

  private async dial(): Promise<void> {
    const { uri, name, transport, bind, vendor, clock } = this.options;
    this.tell({ event: 'calling', to: uri, vendor, transport });
    const { agent } = vendorNamed(vendor);
    const call = await placeCall({ uri, name, transport, bind, agent, sdp: this.sdp.offer(), clock }, this.handlers());
    this.stand(call, this.sdp.answered(call.answer));
  }

  private async pickUp(invite: IncomingInvite): Promise<void> {
    this.tell({ event: 'called', from: invite.from });
    const { sdp, outcome } = this.sdp.answer(invite.offer);
    this.stand(await invite.answer(sdp, this.handlers()), outcome);
  }

  private handlers(): CallHandlers {
    return {
      reoffered: (offer) => this.reoffered(offer),
      keyframe: (stream) => this.keyframeByInfo(stream),
      ended: (reason) => this.ended(reason),
    };
  }

  private stand(call: SipCall, outcome: Outcome): void {
    const { clock, duration, blind, share } = this.options;
    if (this.phase === 'ended') return;
    this.call = call;
    this.phase = 'connected';
    this.apply(outcome, 'connected');
    this.keep(clock.every(1000, () => this.everySecond()));
    if (!blind) this.keep(clock.every(listenEvery, () => (this.heard = this.media.audio.listen())));
    if (duration) this.keep(clock.after(duration * 1000, () => void this.hangup().catch((e: unknown) => this.fail(e))));
    if (share !== undefined) this.share(share).catch((error: unknown) => this.fail(error));
  }

  private keep(timer: Timer): void {
    this.bag.defer(() => timer.cancel());
  }

  private async openShare(what: string): Promise<PictureSource> {
    if (what === 'test-pattern') {
      this.tell({ event: 'sharing', what, pages: 1 });
      return this.media.slides();
    }
    const { name, contentSize: size, contentFps: fps } = this.options;
    const pages = await encodePages(what, size);
    this.tell({ event: 'sharing', what, pages: pages.length });
    return new PagesSource({ name, kind: 'slides', size, fps, maxNal: 1200 }, pages);
  }

  private reoffered(offer: string): string {
    const { sdp, outcome } = this.sdp.answer(offer);
    this.apply(outcome, 'renegotiated');
    return sdp;
  }

  private apply(outcome: Outcome, event: 'connected' | 'renegotiated'): void {
    this.media.apply(outcome);
    this.floor.apply(outcome.floor);
    const { audio, video, content, floor } = outcome;
    const h264 = (line: typeof video): string | null =>
      line?.send ? `H264/${line.send.pt} mode ${line.send.mode}${line.sending ? '' : ' held'}` : null;
    this.tell({
      event,
      audio: audio?.send ? `${audio.send.name}/${audio.send.pt}` : null,
      video: h264(video),
      content: h264(content),
      floor: floor && `${floor.transport} ${floor.remote.address}:${floor.remote.port} user ${floor.userId}`,
    });
  }

  private floorChanged(holds: boolean): void {
    const { content } = this.media;
    if (!holds) {
      this.content = null;
      content.show(null);
    } else if (this.content && !content.showing) content.show(this.content.source);
  }

  /** RFC 5168: without a stream it means the main picture. */
  private keyframeByInfo(stream: string | null): void {
    const line = stream !== null && this.sdp.isContentLabel(stream) ? 'content' : 'main';
    this.media.line(line).keyframe();
    this.tell({ event: 'keyframe-request', line, by: 'info' });
  }

  private everySecond(): void {
    if (this.isDeserted()) return;
    this.tell({ event: 'heard', tones: this.heard.tones, level: this.heard.level });
    for (const line of ['main', 'content'] as const) {
      const { viewer } = this.media.line(line);
      const picture = viewer.tick();
      if (picture.received > 0) this.tell({ event: 'picture', line, decoding: viewer.decoding, ...picture });
    }
  }

  /** Ends the call when the far end died without a word. */
  private isDeserted(): boolean {
    const { audio, main, content } = this.media;
    const heard = [audio, main, content].reduce((sum, { port: { stats } }) => sum + stats.packetsIn + stats.reports, 0);
    const now = this.options.clock.now();
    if (heard !== this.lastSign.heard) this.lastSign = { heard, at: now };
    if (now - this.lastSign.at < this.options.silenceLimit * 1000) return false;
    const { call } = this;
    this.call = null;
    this.ended(`neither RTP nor RTCP for ${this.options.silenceLimit} s`);
    call?.hangup().catch((error: unknown) => this.fail(error));
    return true;
  }

  private ended(reason: string): void {
    if (this.phase === 'ended') return;
    this.phase = 'ended';
    this.reason = reason;
    this.bag.dispose();
    this.floor.close();
    this.media.close();
    this.tell({ event: 'ended', reason });
    this.resolveOver({ reason });
  }

  private fail(error: unknown): void {
    this.tell({ event: 'error', message: messageOf(error) });
  }

  private tell(what: Happening): void {
    const event = { ...what, t: Math.round(this.options.clock.now() * 10) / 10 };
    this.events.push(event);
    this.options.onEvent?.(event);
    for (const listener of [...this.listeners]) listener(event);
  }

  private until<T>(look: () => T | null, timeoutMs: number, what: string): Promise<T> {
    const { clock } = this.options;
    const deadline = clock.now() + timeoutMs;
    return new Promise((resolve, reject) => {
      const check = (): boolean => {
        const found = look();
        if (found !== null) resolve(found);
        else if (clock.now() >= deadline)
          reject(new WaitedInVain(`${this.name} waited ${timeoutMs} ms for ${what}: ${JSON.stringify(this.state)}`));
        else return false;
        return true;
      };
      if (check()) return;
      const timer = clock.every(lookEvery, () => {
        if (check()) timer.cancel();
      });
    });
  }
}

/** Calls and resolves when the call stands. Rejects with CallFailed, or the system's error where a port is taken. */
export function startEndpoint(options: EndpointOptions): Promise<Endpoint> {
  return Endpoint.start(options);
}
