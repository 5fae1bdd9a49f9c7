import { networkInterfaces } from 'node:os';
import { systemClock, type Timer } from '../../src/base/clock.js';
import { Disposables } from '../../src/base/disposables.js';
import { messageOf } from '../../src/base/errors.js';
import { systemChance } from '../../src/base/ids.js';
import { systemNet } from '../../src/base/system-net.js';
import { openCodec } from './audio/codecs.js';
import type { Heard } from './audio/line.js';
import type { EndpointEvent, Happening, VideoLineName } from './events.js';
import { EndpointFloor } from './floor.js';
import { EndpointMedia } from './media.js';
import type { EndpointOptions, FullOptions } from './options.js';
import { encodePages } from './pattern/pages.js';
import { PagesSource, type PictureSource } from './pattern/source.js';
import { CallSdp } from './sdp/call-sdp.js';
import type { Outcome } from './sdp/outcome.js';
import { placeCall, type SipCall } from './sip/call.js';
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
    private readonly media: EndpointMedia,
    private readonly floor: EndpointFloor,
    private readonly sdp: CallSdp,
  ) {
    this.over = new Promise((resolve) => (this.resolveOver = resolve));
  }

  /** Use `startEndpoint`. */
  static async start(given: EndpointOptions): Promise<Endpoint> {
    const options = withDefaults(given);
    const vendor = vendorNamed(options.vendor);
    let endpoint: Endpoint | null = null;
    const tell = (what: Happening): void => endpoint?.tell(what);
    const media = await EndpointMedia.open(options, tell);
    const { net, clock, bind } = options;
    const transport = options.bfcp?.toUpperCase() === 'TCP' || usesTcp(vendor.template, options) ? 'TCP' : 'UDP';
    const floor = await EndpointFloor.open(
      { net, clock, bind, transport },
      { tell, granted: (holds) => endpoint?.floorChanged(holds) },
    ).catch((error: unknown) => {
      media.close();
      throw error;
    });
    const ports = {
      audio: media.audio.port.port,
      video: media.main.port.port,
      content: media.content.port.port,
      bfcp: floor.port,
    };
    const codecs = new Set(['PCMU', 'PCMA', 'G722', 'OPUS'].filter((name) => openCodec(name) !== null));
    const bfcp = options.bfcp === undefined ? null : transport;
    const sdp = new CallSdp(vendor, { address: bind, ports, codecs, bfcp }, systemChance.int(1, 0x7fffffff));
    endpoint = new Endpoint(options, media, floor, sdp);
    try {
      await endpoint.dial(vendor.agent);
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

  /** Puts the other side on hold, or resumes, by re-INVITE. */
  async hold(on: boolean): Promise<void> {
    const offer = this.sdp.reoffer(on ? 'sendonly' : 'sendrecv');
    const answer = await this.call?.reinvite(offer);
    if (answer !== undefined) this.apply(this.sdp.answered(answer), 'renegotiated');
  }

  /** Ends the call and frees everything; idempotent. */
  async hangup(): Promise<void> {
    const { call } = this;
    this.call = null;
    this.ended('hung up here');
    await call?.hangup();
  }

  private async dial(agent: string): Promise<void> {
    const { uri, name, transport, bind, vendor, clock, duration } = this.options;
    this.tell({ event: 'calling', to: uri, vendor, transport });
    const call = await placeCall(
      { uri, name, transport, bind, agent, sdp: this.sdp.offer(), clock },
      {
        reoffered: (offer) => this.reoffered(offer),
        keyframe: (stream) => this.keyframeByInfo(stream),
        ended: (reason) => this.ended(reason),
      },
    );
    this.call = call;
    this.apply(this.sdp.answered(call.answer), 'connected');
    this.phase = 'connected';
    this.keep(clock.every(1000, () => this.everySecond()));
    if (!this.options.blind) this.keep(clock.every(listenEvery, () => (this.heard = this.media.audio.listen())));
    if (duration) this.keep(clock.after(duration * 1000, () => void this.hangup().catch((e: unknown) => this.fail(e))));
    const { share } = this.options;
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

function usesTcp(template: readonly string[], options: FullOptions): boolean {
  return options.bfcp === undefined && template.some((line) => line.includes('{bfcp} TCP/BFCP'));
}

function withDefaults(given: EndpointOptions): FullOptions {
  return {
    name: 'Endpoint',
    vendor: 'generic',
    transport: 'udp',
    bind: localAddressFor(given.uri),
    audio: 'tone:440',
    camera: true,
    size: { width: 640, height: 360 },
    fps: 10,
    contentSize: { width: 1280, height: 720 },
    contentFps: 5,
    quiet: false,
    blind: false,
    silenceLimit: 30,
    clock: systemClock,
    net: systemNet,
    ...given,
  };
}

/** Loopback for a loopback host, else this machine's first address that is not. */
function localAddressFor(uri: string): string {
  const host = /@\[?([^\];>]+?)\]?(?::\d+)?(?:[;?].*)?$/.exec(uri)?.[1] ?? '';
  if (/^(127\.|localhost$)/.test(host)) return '127.0.0.1';
  const outside = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return outside.find((entry) => entry.family === 'IPv4' && !entry.internal)?.address ?? '127.0.0.1';
}
