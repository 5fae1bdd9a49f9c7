import type {
  ChannelMedia,
  ChannelParameters,
  ControlSession,
  ControlSessionEvents,
  IncomingChannel,
  OutgoingChannel,
} from '../../protocol/h323/control/contract.js';
import type { LineAnswer } from '../../media/negotiate.js';
import type { RemoteMedia } from '../../media/h245-capabilities.js';
import { paramsOfSession, type Session } from '../../media/h245-lines.js';
import type { Line } from '../../media/plane.js';
import type { Format, LineName, TelephoneEventFormat } from '../../media/vocabulary.js';
import { takenPlain, type ChannelKeys, type Sealing, type Taken } from './channel-keys.js';
import { LineSeals } from './line-seals.js';
import type { SlotTraversal } from './traversal.js';

/** Sessions that H.323 has numbers for; that of content is the master's to give. */
export const sessionIds: Readonly<Record<LineName, number>> = { audio: 1, video: 2, content: 0 };

/** What a line sends, and as what the peer is told. */
export interface Sending {
  format: Format;
  described: NonNullable<ReturnType<RemoteMedia['sent']>>;
  events: readonly TelephoneEventFormat[];
}

type RateAsked = ControlSessionEvents['rateAsked'];

/** What slides ask for whose format has no rate, kbit/s. */
const slidesKbps = 512;

/** Both directions of one kind of media in one call, and the ports that they share. */
export class LineSlot {
  line: Line | null = null;
  /** Ports are being opened. */
  private opening: Promise<Line> | null = null;
  out: OutgoingChannel | null = null;
  sending: Sending | null = null;
  incoming: IncomingChannel | null = null;
  /** How both are encrypted. */
  readonly seals = new LineSeals();
  receiving: LineAnswer | null = null;
  /** The peer says that its channel carries nothing useful. */
  muted = false;
  /** What we send carries nothing at present. */
  private idle = false;
  /** Flow control of the peer for our channel, kbit/s; null lifts it. */
  flowKbps: number | null = null;
  /** What we let the peer send, kbit/s; null is no bound of ours. */
  private boundKbps: number | null = null;
  /** Why we do not send: the peer refused the channel, or nothing is in common; null where we do or may. */
  problem: string | null = null;

  constructor(
    readonly name: LineName,
    private readonly openLine: () => Promise<Line>,
    private readonly eventsReceived: readonly TelephoneEventFormat[],
    readonly traversal: SlotTraversal,
  ) {}

  /** The line, where a channel of either direction is open. */
  get live(): Line | null {
    return this.sends || this.hears ? this.line : null;
  }

  /** Takes the events that the peer takes, which fast start does not tell; false where nothing is sent. */
  learn(events: readonly TelephoneEventFormat[] | undefined): boolean {
    if (!this.sending || !events) return false;
    this.sending = { ...this.sending, events };
    return true;
  }

  /** Payload numbers of keys of the telephone, either way. */
  get otherNumbers(): number[] {
    return [...this.eventsReceived, ...(this.sending?.events ?? [])].map(({ pt }) => pt);
  }

  /** Codec of the peer's channel. */
  get heard(): Format['name'] | undefined {
    return this.receiving?.receive[0]?.name;
  }

  /** A channel of ours is open, and can be used. */
  get sends(): boolean {
    return this.out?.state === 'open' && this.seals.ready;
  }

  /** A channel of the peer is open. */
  get hears(): boolean {
    return this.incoming?.state === 'open';
  }

  /** Whether all that is open is encrypted. */
  get sealed(): boolean {
    return (!this.sends || this.seals.out !== null) && (!this.hears || this.seals.in !== null);
  }

  /** Our channel was taken. Where the master's key did not come with that, the channel is closed again. */
  opened(keys: ChannelKeys, session: ControlSession): void {
    const { out } = this;
    if (out?.acceptance?.flowControlToZero) this.flowKbps = 0;
    if (this.idle && out) session.mute(out, true);
    if (this.seals.acknowledged(keys, out?.acceptance?.encryptionSync)) return;
    out?.close();
    this.problem = 'the peer gave no key for the channel';
  }

  /** Flow control of the peer. Slides that it stops ask to be let go on (H.239 flow control release), once each time. */
  flow(session: ControlSession, kbps: number | null): void {
    this.flowKbps = kbps;
    if (this.name !== 'content' || kbps !== 0 || !this.out) return;
    session.requestRate(this.out, (this.kbpsOf(this.sending) ?? slidesKbps) * 1000);
  }

  /** Flow control of ours, where the peer sends. */
  limit(session: ControlSession, kbps: number): void {
    if (!this.incoming) return;
    this.boundKbps = Math.round(kbps);
    session.limit(this.incoming, this.boundKbps * 1000);
  }

  /** The peer would like to send so much (H.239): as long as it is within our bound. */
  answerRate(asked: RateAsked): void {
    if (this.boundKbps === null || asked.bps <= this.boundKbps * 1000) asked.accept();
    else asked.reject();
  }

  /** Our channel is no more. */
  forgetOut(): void {
    this.out = this.sending = null;
    this.seals.forgetOut();
  }

  /** The peer's channel is no more. */
  forgetIncoming(): void {
    this.incoming = this.receiving = this.boundKbps = null;
    this.seals.forgetIn();
  }

  /** The ports, opened when they are first needed. */
  async ensure(): Promise<Line> {
    if (this.line) return this.line;
    this.opening ??= this.openLine().finally(() => (this.opening = null));
    return (this.line = await this.opening);
  }

  /** Brings the line up to the channels that are open; gives its ports back where there is none and none is coming. */
  apply(cname: string, callKbps: number | null): void {
    if (!this.line) return;
    if (!this.sends && !this.hears) {
      if (this.out === null && this.incoming === null) return this.close();
      // signs of life may be here before the answer is
      if (!this.traversal.applies) return;
    }
    this.line.update(paramsOfSession(this.session(callKbps), cname));
  }

  /** Our channel carries nothing at present, or does again: the peer is told, now or when it is open. */
  tellIdle(session: ControlSession, idle: boolean): void {
    const news = this.idle !== idle;
    this.idle = idle;
    if (news && this.sends && this.out) session.mute(this.out, idle);
  }

  /** The peer's channel, and what comes on it. */
  receives(channel: IncomingChannel, agreed: LineAnswer, taken: Taken = takenPlain): void {
    this.incoming = channel;
    this.receiving = agreed;
    this.seals.receives(taken);
    this.muted = false;
    this.boundKbps = null;
  }

  sendsOn(channel: OutgoingChannel, sending: Sending, sealing: Sealing | null = null): void {
    this.forgetOut();
    this.out = channel;
    this.sending = sending;
    this.seals.opens(sealing);
  }

  /** Opens our channel; null where the session does not take it now. */
  open(
    session: ControlSession,
    sessionId: number,
    sending: Sending,
    line: Line,
    sealing: Sealing | null,
  ): OutgoingChannel | null {
    const { format, described } = sending;
    const { seal, made } = sealing ?? { seal: null, made: null };
    const { control, information } = this.traversal.opening(line.local);
    const forward: ChannelParameters = {
      media: described.media,
      packetization: described.packetization,
      sessionId,
      mediaChannel: null,
      mediaControlChannel: control,
      payloadType: seal?.payloadType ?? (format.pt >= 96 ? format.pt : null),
      encryption: seal && { algorithms: [seal.algorithm] },
    };
    if (this.name === 'audio') forward.silenceSuppression = false;
    const channel = session.open({
      forward,
      reverse: null,
      genericInformation: information,
      ...(made ? { encryptionSync: made.sync } : {}),
    });
    if (channel) this.sendsOn(channel, sending, sealing);
    else this.forgetOut();
    return channel;
  }

  /** Closes our channel because another takes its place at once: the ports stay. */
  replaceOut(): void {
    const { out } = this;
    this.forgetOut();
    this.flowKbps = null;
    out?.close();
  }

  close(): void {
    this.line?.close();
    this.line = null;
    this.traversal.forget();
  }

  private session(callKbps: number | null): Session {
    const { out, incoming, sending, receiving, seals } = this;
    const keys = seals.keys(receiving?.receive[0]?.pt ?? 0);
    const maxKbps = least(this.kbpsOf(sending), this.flowKbps, callKbps);
    const { media, control } = this.traversal.place(out, incoming);
    const acceptance = this.sends && maxKbps !== 0 ? out?.acceptance : null;
    return {
      sends:
        acceptance && sending
          ? {
              // of encrypted packets the key has the number on the wire
              format: { ...sending.format, pt: seals.out?.payloadType ?? acceptance.payloadType ?? sending.format.pt },
              media: media ?? acceptance.mediaChannel,
              control: control ?? acceptance.mediaControlChannel,
              maxKbps,
            }
          : null,
      receives:
        this.hears && incoming && receiving
          ? {
              formats: receiving.receive,
              control: incoming.opening.forward?.mediaControlChannel ?? null,
              muted: this.muted,
            }
          : null,
      traversal: this.traversal.describe(out, incoming),
      events: {
        receive: this.name === 'audio' ? this.eventsReceived : [],
        send: sending?.events ?? [],
      },
      ...(keys ? { keys } : {}),
    };
  }

  private kbpsOf(sending: Sending | null): number | null {
    return sending?.format.kind === 'video' && Number.isFinite(sending.format.maxBr) ? sending.format.maxBr : null;
  }
}

function least(...limits: readonly (number | null)[]): number | null {
  const stated = limits.filter((one) => one !== null);
  return stated.length > 0 ? Math.min(...stated) : null;
}

/** The line that this kind of media belongs on; null where there is none. */
export function lineFor(media: ChannelMedia): LineName | null {
  if (media.kind === 'audio' || media.kind === 'video') return media.kind;
  return media.kind === 'content' ? 'content' : null;
}
