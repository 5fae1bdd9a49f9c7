import type { ControlSession, IncomingChannel, OutgoingChannel } from '../../protocol/h323/control/contract.js';
import type { LineAnswer } from '../../media/negotiate.js';
import type { RemoteMedia } from '../../media/h245-capabilities.js';
import { paramsOfSession, type Session } from '../../media/h245-lines.js';
import type { Line } from '../../media/plane.js';
import type { Format, LineName, TelephoneEventFormat } from '../../media/vocabulary.js';
import type { SlotTraversal } from './traversal.js';

/** What a line sends, and as what the peer is told. */
export interface Sending {
  format: Format;
  described: NonNullable<ReturnType<RemoteMedia['sent']>>;
  events: readonly TelephoneEventFormat[];
}

/** Both directions of one kind of media in one call, and the ports that they share. */
export class LineSlot {
  line: Line | null = null;
  /** Ports are being opened. */
  private opening: Promise<Line> | null = null;
  out: OutgoingChannel | null = null;
  sending: Sending | null = null;
  incoming: IncomingChannel | null = null;
  receiving: LineAnswer | null = null;
  /** The peer says that its channel carries nothing useful. */
  muted = false;
  /** What we send carries nothing at present. */
  private idle = false;
  /** Flow control of the peer for our channel, kbit/s; null lifts it. */
  flowKbps: number | null = null;
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

  /** A channel of ours is open. */
  get sends(): boolean {
    return this.out?.state === 'open';
  }

  /** A channel of the peer is open. */
  get hears(): boolean {
    return this.incoming?.state === 'open';
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

  /** Our channel is open. */
  opened(session: ControlSession): void {
    if (this.idle && this.out) session.mute(this.out, true);
  }

  /** The peer's channel, and what comes on it. */
  receives(channel: IncomingChannel, agreed: LineAnswer): void {
    this.incoming = channel;
    this.receiving = agreed;
    this.muted = false;
  }

  sendsOn(channel: OutgoingChannel, sending: Sending): void {
    this.out = channel;
    this.sending = sending;
  }

  /** Opens our channel; null where the session does not take it now. */
  open(session: ControlSession, sessionId: number, sending: Sending, line: Line): OutgoingChannel | null {
    const { format, described } = sending;
    const { control, information } = this.traversal.opening(line.local);
    const channel = session.open({
      forward: {
        ...described,
        sessionId,
        mediaChannel: null,
        mediaControlChannel: control,
        payloadType: format.pt >= 96 ? format.pt : null,
        encryption: null,
        ...(this.name === 'audio' ? { silenceSuppression: false } : {}),
      },
      reverse: null,
      genericInformation: information,
    });
    this.out = channel;
    this.sending = channel && sending;
    return channel;
  }

  /** Closes our channel because another takes its place at once: the ports stay. */
  replaceOut(): void {
    const { out } = this;
    this.out = this.sending = this.flowKbps = null;
    out?.close();
  }

  close(): void {
    this.line?.close();
    this.line = null;
    this.traversal.forget();
  }

  private session(callKbps: number | null): Session {
    const { out, incoming, sending, receiving } = this;
    const audio = this.name === 'audio';
    const maxKbps = least(this.kbpsOf(sending), this.flowKbps, callKbps);
    const { media, control } = this.traversal.place(out, incoming);
    const acceptance = this.sends && maxKbps !== 0 ? out?.acceptance : null;
    return {
      sends:
        acceptance && sending
          ? {
              format: { ...sending.format, pt: acceptance.payloadType ?? sending.format.pt },
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
      events: { receive: audio ? this.eventsReceived : [], send: sending?.events ?? [] },
      traversal: this.traversal.describe(out, incoming),
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
