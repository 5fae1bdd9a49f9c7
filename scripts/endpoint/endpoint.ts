import type { Timer } from '../../src/base/clock.js';
import { Disposables } from '../../src/base/disposables.js';
import { messageOf } from '../../src/base/errors.js';
import type { Heard } from './audio/line.js';
import type { EndpointEvent, Happening, VideoLineName } from './events.js';
import { EndpointMedia } from './media.js';
import { withDefaults, type EndpointOptions, type FullOptions } from './options.js';
import { encodePages } from './pattern/pages.js';
import { PagesSource, type PictureSource } from './pattern/source.js';
import { dialH323 } from './h323/side.js';
import type { Agreed, CallSide, FloorSide, IncomingCall, OpenSide, SideListener } from './side.js';
import { dialSip } from './sip/side.js';
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
  private readonly bag = new Disposables();
  private readonly listeners = new Set<(event: EndpointEvent) => void>();
  private content: { what: string; source: PictureSource } | null = null;
  private phase: EndpointState['phase'] = 'calling';
  private reason = '';
  private lastSign = { heard: -1, at: 0 };
  private heard: Heard = { tones: [], level: -100, packets: 0 };

  private constructor(
    private readonly options: FullOptions,
    private readonly media: EndpointMedia,
    private readonly side: CallSide,
  ) {
    this.over = new Promise((resolve) => (this.resolveOver = resolve));
  }

  /** Use `startEndpoint`. */
  static start(given: EndpointOptions): Promise<Endpoint> {
    return Endpoint.with(given, /^h323:/i.test(given.uri) ? dialH323 : dialSip);
  }

  /** Use `listenForCalls`. Takes a call; rejects when that cannot be. */
  static answer(given: EndpointOptions, call: IncomingCall): Promise<Endpoint> {
    return Endpoint.with(given, call.open);
  }

  private static async with(given: EndpointOptions, open: OpenSide): Promise<Endpoint> {
    const options = withDefaults(given);
    let endpoint: Endpoint | null = null;
    const media = await EndpointMedia.open(options, (what) => endpoint?.tell(what));
    const listener: SideListener = {
      tell: (what) => endpoint?.tell(what),
      granted: (holds) => endpoint?.floorChanged(holds),
      changed: (agreed) => endpoint?.apply(agreed, 'renegotiated'),
      keyframe: (line, by) => endpoint?.keyframeAsked(line, by),
      ended: (reason) => endpoint?.ended(reason),
    };
    const side = await open(options, media, listener).catch((error: unknown) => {
      media.close();
      throw error;
    });
    endpoint = new Endpoint(options, media, side);
    try {
      endpoint.stand(await side.begin());
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

  /** What both ends said of their media last: SDP, or capability sets of H.245 as JSON. */
  get descriptions(): { local: string; remote: string } {
    return this.side.descriptions;
  }

  private get floor(): FloorSide {
    return this.side.floor;
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
    this.side.mute(on);
  }

  /** Presses keys of `0-9*#A-D`: by SIP INFO, or by H.245. Rejects where they are not taken. */
  press(keys: string): Promise<void> {
    return this.side.press(keys);
  }

  /** H.323: changes the keys of what it sends. */
  renewKeys(): void {
    this.side.renewKeys?.();
  }

  /** Tone or silence. */
  talk(on: boolean): void {
    this.media.audio.talking = on;
  }

  /** Asks the other side for a keyframe: by PLI, or FIR; in H.323 by H.245. */
  keyframe(line: VideoLineName = 'main', fir = false): void {
    this.media.line(line).ask(fir);
  }

  /** Puts the other side on hold, or resumes; `inactive` stops what it sends as well. */
  hold(on: boolean, how: 'sendonly' | 'inactive' = 'sendonly'): Promise<void> {
    return this.side.direct(on ? how : 'sendrecv');
  }

  /** Says that it takes so much from now on, kbit/s on all lines together. */
  take(kbps: number): Promise<void> {
    return this.side.take(kbps);
  }

  /** Ends the call and frees everything; idempotent. */
  async hangup(): Promise<void> {
    const standing = this.phase === 'connected';
    this.ended('hung up here');
    if (standing) await this.side.hangup();
  }

  private stand(agreed: Agreed): void {
    const { clock, duration, blind, share } = this.options;
    if (this.phase === 'ended') return void this.side.hangup().catch((error: unknown) => this.fail(error));
    this.phase = 'connected';
    this.apply(agreed, 'connected');
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

  private apply({ lines, floor }: Agreed, event: 'connected' | 'renegotiated'): void {
    if (this.phase === 'ended') return;
    this.media.apply(lines);
    const { audio, video, content } = lines;
    const h264 = (line: typeof video): string | null =>
      line?.send ? `H264/${line.send.pt} mode ${line.send.mode}${line.sending ? '' : ' held'}` : null;
    this.tell({
      event,
      audio: audio?.send ? `${audio.send.name}/${audio.send.pt}` : null,
      video: h264(video),
      content: h264(content),
      floor,
    });
  }

  private floorChanged(holds: boolean): void {
    const { content } = this.media;
    if (!holds) {
      this.content = null;
      content.show(null);
    } else if (this.content && !content.showing) content.show(this.content.source);
  }

  private keyframeAsked(line: VideoLineName, by: 'info' | 'h245'): void {
    this.media.line(line).keyframeAsked();
    this.tell({ event: 'keyframe-request', line, by });
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
    this.ended(`neither RTP nor RTCP for ${this.options.silenceLimit} s`);
    this.side.hangup().catch((error: unknown) => this.fail(error));
    return true;
  }

  private ended(reason: string): void {
    if (this.phase === 'ended') return;
    this.phase = 'ended';
    this.reason = reason;
    this.bag.dispose();
    this.side.close();
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
