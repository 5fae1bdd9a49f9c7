import type { Endpoint } from '../../../src/base/net.js';
import type {
  ChannelAcceptance,
  ChannelOpening,
  ControlSession,
  IncomingChannel,
  LogicalChannel,
  OutgoingChannel,
} from '../../../src/protocol/h323/control/contract.js';
import { KeyUpdates, type KeyedLine } from '../../../src/legs/h323/key-updates.js';
import type { VideoLineName } from '../events.js';
import type { EndpointMedia } from '../media.js';
import type { FullOptions } from '../options.js';
import type { Destination } from '../rtp/media-port.js';
import type { LineOutcome, Lines } from '../sdp/outcome.js';
import type { SideListener } from '../side.js';
import type { Device } from './devices.js';
import type { LinesBehindNat } from './nat.js';
import { Slot, type Encryption } from './encryption.js';
import { lineOf, picturesOf, sentOn, voiceOf, type LineName, type Places } from './media.js';

/** Numbers that H.323 has for sessions; that of content is the master's to give. */
const sessionIds: Readonly<Record<LineName, number>> = { audio: 1, video: 2, content: 0 };
const names: readonly LineName[] = ['audio', 'video', 'content'];
const shown = { audio: 'audio', video: 'main', content: 'content' } as const;

/** Those of an endpoint's own ports. */
export function placesOf(media: EndpointMedia, address: string): Places {
  return (name) => {
    const { port } = name === 'audio' ? media.audio.port : media.line(shown[name]).port;
    return { media: { address, port }, control: { address, port: port + 1 } };
  };
}

/** The lines of an H.323 call by its logical channels. */
export class H323Lines {
  private readonly slots: Readonly<Record<LineName, Slot>> = {
    audio: new Slot(),
    video: new Slot(),
    content: new Slot(),
  };
  private readonly updates: KeyUpdates;
  /** Where content went on a channel that is closed, while the device does not care. */
  private clinging: (Pick<LineOutcome<never>, 'to'> & { channel: OutgoingChannel }) | null = null;
  private ready = false;
  /** We are on hold by our own wish: nothing is opened. */
  private resting = false;

  constructor(
    private readonly session: ControlSession,
    private readonly device: Device,
    private readonly options: FullOptions,
    media: Pick<EndpointMedia, 'main' | 'content'>,
    /** Where we receive a line. */
    readonly at: Places,
    /** How media passes the NAT before us; null where there is none. */
    private readonly nat: LinesBehindNat | null,
    private readonly encryption: Encryption,
    private readonly events: Pick<SideListener, 'tell'> & { keyframe(line: VideoLineName): void; changed(): void },
  ) {
    media.main.asks = () => this.askFor('video');
    media.content.asks = () => this.askFor('content');
    const lines = names.map((name) => this.slots[name]);
    this.updates = new KeyUpdates(encryption.channels, lines, session, (line) => this.keyChanged(line));
    this.listen();
  }

  /** What flows now. */
  get lines(): Lines {
    return {
      audio: this.outcome('audio', voiceOf),
      video: this.outcome('video', picturesOf),
      content: this.outcome('content', picturesOf),
    };
  }

  /** H.245 has begun, and nothing that we opened waits for its answer. */
  get settled(): boolean {
    return this.ready && names.every((name) => this.slots[name].out?.state !== 'opening');
  }

  /** The content channel that we send on. */
  get content(): OutgoingChannel | null {
    return this.slots.content.out;
  }

  /** Opens our channel of a line, where it is not open and the other side takes something that we have. */
  open(name: LineName): void {
    const { remote } = this.session;
    const slot = this.slots[name];
    const sent = remote && sentOn(name, this.device, remote, this.options);
    if (!sent || slot.out || this.resting) return;
    const seal = this.encryption.seal(sent.media, sent.payloadType ?? 0, remote);
    if (seal === false) return;
    const { control } = this.at(name);
    slot.kbps = null;
    slot.out = this.session.open({
      forward: {
        ...sent,
        sessionId: sessionIds[name],
        mediaChannel: null,
        mediaControlChannel: control,
        ...(seal ? { payloadType: seal.payloadType } : {}),
        encryption: seal && { algorithms: [seal.algorithm] },
        ...(name === 'audio' ? { silenceSuppression: false } : {}),
      },
      reverse: null,
      genericInformation: this.nat?.opening(name) ?? [],
      ...slot.opens(seal, this.encryption.channels),
    });
    this.clinging = null;
  }

  /** Takes over a channel that fast start has opened. */
  adopt(direction: 'in' | 'out', number: number, opening: ChannelOpening, acceptance: ChannelAcceptance): void {
    const name = opening.forward && lineOf(opening.forward.media, this.device);
    if (!name) return;
    if (direction === 'out') this.slots[name].out = this.session.adopt('out', number, opening, acceptance);
    else this.slots[name].incoming = this.session.adopt('in', number, opening, acceptance);
  }

  /** Stops sending, or begins anew. */
  rest(resting: boolean): void {
    this.resting = resting;
    if (resting) for (const name of names) this.slots[name].out?.close();
    else if (this.ready) this.begin();
  }

  /** Goes on sending content although its channel is about to be closed. */
  cling(): void {
    const channel = this.slots.content.out;
    this.clinging = channel && { channel, to: this.outcome('content', picturesOf)?.to ?? null };
  }

  /** Changes the keys of our channels. */
  renewKeys(): void {
    this.updates.begin();
  }

  letGo(): void {
    if (!this.clinging) return;
    this.clinging = null;
    this.events.changed();
  }

  /** The channel on which we send a line is to say so, or that nothing comes. */
  mute(name: LineName, muted: boolean): void {
    const { out } = this.slots[name];
    if (out?.state === 'open') this.session.mute(out, muted);
  }

  private listen(): void {
    const { on } = this.session;
    on.on('ready', () => {
      this.ready = true;
      this.begin();
      this.events.changed();
    });
    on.on('remoteCapabilities', (set) => {
      if (set && this.ready) this.begin();
    });
    on.on('channelOffered', ({ channel }) => this.offered(channel));
    on.on('channelOpened', ({ channel }) => {
      const name = this.nameOf(channel);
      if (name && channel.direction === 'out') this.acknowledged(name, channel);
      this.events.changed();
    });
    on.on('encryption', ({ pdu }) => this.updates.take(pdu));
    on.on('channelRefused', ({ channel }) => this.gone(channel));
    on.on('channelClosed', ({ channel, reopen }) => {
      const name = this.nameOf(channel);
      this.gone(channel);
      if (reopen && name && channel.direction === 'out') this.open(name);
    });
    on.on('flowControl', ({ channel, bps }) => this.flow(channel, bps));
    on.on('fastUpdate', ({ channel }) => {
      const name = this.nameOf(channel);
      if (name && name !== 'audio') this.events.keyframe(shown[name]);
    });
    on.on('muted', ({ channel, muted }) => {
      const name = this.nameOf(channel);
      if (name) this.events.tell({ event: 'muted', line: shown[name], muted });
    });
  }

  private begin(): void {
    this.open('audio');
    this.open('video');
    // after a hold who presents goes on
    if (this.device.contentAtStart || this.session.token.holder === 'us') this.open('content');
  }

  private offered(channel: IncomingChannel): void {
    const { forward, reverse } = channel.opening;
    const name = forward && lineOf(forward.media, this.device);
    if (!name || reverse) return channel.reject('dataTypeNotSupported');
    const taken = this.encryption.channels.taken(channel.opening);
    if ('cause' in taken) return channel.reject(taken.cause);
    this.slots[name].incoming = channel;
    this.slots[name].seals.receives(taken);
    const { media, control } = this.at(name);
    this.nat?.take(name, channel.opening.genericInformation);
    const genericInformation = this.nat?.acknowledgement(name) ?? [];
    channel.accept({ mediaChannel: media, mediaControlChannel: control, genericInformation, ...taken.told });
    this.nat?.take(name, channel.opening.genericInformation);
  }

  private acknowledged(name: LineName, channel: OutgoingChannel): void {
    const { genericInformation, encryptionSync } = channel.acceptance ?? {};
    this.nat?.take(name, genericInformation);
    // without a key there is nothing to send by it
    if (!this.slots[name].seals.acknowledged(this.encryption.channels, encryptionSync)) channel.close();
  }

  private keyChanged(line: KeyedLine): void {
    const name = names.find((one) => this.slots[one] === line);
    if (name) this.events.tell({ event: 'new-key', line: shown[name] });
    this.events.changed();
  }

  private gone(channel: LogicalChannel): void {
    const name = this.nameOf(channel);
    if (!name) return;
    if (channel.direction === 'out') this.slots[name].closedOut();
    else this.slots[name].closedIn();
    this.events.changed();
  }

  private flow(channel: OutgoingChannel | null, bps: number | null): void {
    const kbps = bps === null ? null : Math.floor(bps / 1000);
    const name = channel && this.nameOf(channel);
    for (const one of names) if (channel === null || one === name) this.slots[one].kbps = kbps;
    this.events.tell({ event: 'limit', line: name && shown[name], kbps });
    this.events.changed();
  }

  private nameOf(channel: LogicalChannel): LineName | null {
    return names.find((name) => this.slots[name].out === channel || this.slots[name].incoming === channel) ?? null;
  }

  private askFor(name: 'video' | 'content'): void {
    const { incoming } = this.slots[name];
    if (incoming?.state === 'open') this.session.requestFastUpdate(incoming);
  }

  private outcome<F extends { pt: number }>(
    name: LineName,
    formatOf: (sent: NonNullable<ChannelOpening['forward']>) => F | null,
  ): LineOutcome<F> | null {
    const { out, incoming, kbps, seals, sends } = this.slots[name];
    const open = out?.state === 'open' ? out : null;
    const clinging = name === 'content' && !open ? this.clinging : null;
    const hears = incoming?.state === 'open' ? incoming.opening.forward : null;
    const number = seals.out?.payloadType ?? open?.acceptance?.payloadType;
    const said = (open ?? clinging?.channel)?.opening.forward;
    if (!said && !hears) return null;
    const send = said && formatOf({ ...said, payloadType: number ?? said.payloadType });
    const taken = hears && formatOf(hears);
    const to =
      clinging?.to ??
      this.nat?.place(name) ??
      destination(open?.acceptance ?? null, hears?.mediaControlChannel ?? null);
    return {
      to,
      send: send ?? null,
      receive: taken ? [taken] : [],
      sending: said !== undefined && said !== null && to !== null && kbps !== 0 && (!open || sends),
      receiving: hears !== null,
      keys: seals.keys(taken?.pt ?? 0),
    };
  }
}

/** Where RTP and RTCP go: as the receiver said, or RTCP alone to who only sends. */
function destination(acceptance: ChannelAcceptance | null, reports: Endpoint | null): Destination | null {
  const media = acceptance?.mediaChannel;
  const control = acceptance?.mediaControlChannel;
  if (media) return { address: media.address, rtp: media.port, rtcp: control?.port ?? media.port + 1 };
  return reports && { address: reports.address, rtp: Math.max(1, reports.port - 1), rtcp: reports.port };
}
