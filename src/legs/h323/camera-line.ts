import { Disposables } from '../../base/disposables.js';
import { Emitter } from '../../base/events.js';
import { paramsOfSession, type Session } from '../../media/h245-lines.js';
import type { Line, LineKeys } from '../../media/plane.js';
import { algorithmsOf, receives } from '../../protocol/h323/control/capabilities.js';
import type {
  CapabilitySet,
  ChannelParameters,
  ControlSession,
  H224Media,
  IncomingChannel,
  LogicalChannel,
  OutgoingChannel,
} from '../../protocol/h323/control/contract.js';
import { takenPlain, type ChannelKeys } from './channel-keys.js';
import { hearing } from './hearing.js';
import type { KeyedLine } from './key-updates.js';
import { LineSeals } from './line-seals.js';
import type { SlotTraversal } from './traversal.js';

/** Session of data (H.245 §B.3.1). */
const dataSession = 3;
/** Payload number of H.224 in channels of ours; those of peers are theirs. */
const ourNumber = 100;

/** What it has from its call. */
interface CameraParts {
  session: ControlSession;
  keys: ChannelKeys;
  traversal: SlotTraversal;
}

/** What the peer takes, and by which algorithms it may be encrypted. */
interface TakenData {
  media: H224Media;
  algorithms: readonly string[];
}

/**
 * Far-end camera control of one call: frames of H.224 in RTP (H.323 Annex Q, RFC 4573), by a channel for each direction or
 * one of the peer's for both, on one port pair. Nobody reads them here; a room passes them on. Beside encrypted media they
 * are encrypted, or there are none.
 */
export class CameraLine implements KeyedLine {
  readonly on = new Emitter<{ changed: undefined }>();
  readonly seals = new LineSeals();
  readonly otherNumbers: readonly number[] = [];
  out: OutgoingChannel | null = null;
  incoming: IncomingChannel | null = null;
  private readonly session: ControlSession;
  private readonly keys: ChannelKeys;
  private readonly traversal: SlotTraversal;
  private line: Line | null = null;
  private opening: Promise<Line> | null = null;
  /** Null where it takes none. */
  private taken: TakenData | null = null;
  private ready = false;
  private closed = false;
  private readonly bag = new Disposables();

  constructor(
    private readonly cname: string,
    { session, keys, traversal }: CameraParts,
    private readonly openLine: () => Promise<Line>,
  ) {
    this.session = session;
    this.keys = keys;
    this.traversal = traversal;
    const hear = hearing(session, this.bag);
    hear('remoteCapabilities', (set) => {
      this.taken = set && takenIn(set);
      void this.begin();
    });
    hear('ready', () => {
      this.ready = true;
      void this.begin();
    });
    hear('channelOffered', ({ channel }) => void this.offered(channel));
    hear('channelOpened', ({ channel }) => this.opened(channel));
    hear('channelRefused', ({ channel }) => this.gone(channel));
    hear('channelClosed', ({ channel }) => this.gone(channel));
  }

  /** The line, where a channel of either direction is open. */
  get live(): Line | null {
    return this.sends || this.hears ? this.line : null;
  }

  get sends(): boolean {
    return this.outOpen || (this.hears && this.incoming?.opening.reverse !== null);
  }

  /** Frees its ports; idempotent. */
  close(): void {
    this.closed = true;
    this.bag.dispose();
    this.line?.close();
    this.line = null;
  }

  /** Keys were agreed on, or there are none, after H.245 has begun. */
  keyed(): void {
    void this.begin();
  }

  /** Brings the line up to the channels that are open; gives its ports back where there is none and none is coming. */
  settle(): void {
    const { line } = this;
    if (this.closed || !line) return;
    // signs of life may be here before the answer is
    const awaited = this.traversal.applies && this.out !== null;
    if (this.sends || this.hears || awaited) line.update(paramsOfSession(this.agreed(), this.cname));
    else if (!this.out && !this.incoming) {
      line.close();
      this.line = null;
      this.traversal.forget();
    }
    this.on.emit('changed', undefined);
  }

  private get outOpen(): boolean {
    return this.out?.state === 'open' && this.seals.ready;
  }

  private get hears(): boolean {
    return this.incoming?.state === 'open';
  }

  /** Opens our channel, unless the peer has opened one for both directions. */
  private async begin(): Promise<void> {
    const may = (): boolean =>
      this.ready && !this.keys.undecided && this.taken !== null && !this.out && !this.incoming?.opening.reverse;
    if (!may() || !this.mayBe(this.taken)) return;
    const line = await this.ports();
    if (!line || !this.taken || !may()) return this.settle();
    const { media, algorithms } = this.taken;
    const seal = this.keys.sealOf(algorithms, ourNumber);
    const sealing = seal && { seal, made: this.keys.make(seal) };
    const { control, information } = this.traversal.opening(line.local);
    this.out = this.session.open({
      forward: { ...ours(media, control), encryption: seal && { algorithms: [seal.algorithm] } },
      reverse: null,
      genericInformation: information,
      ...(sealing?.made ? { encryptionSync: sealing.made.sync } : {}),
    });
    this.seals.opens(this.out && sealing);
    this.settle();
  }

  /** Plain frames beside encrypted media are none, as in encrypted calls by SIP. */
  private mayBe(taken: TakenData | null): boolean {
    return !this.keys.sealed || this.keys.sealOf(taken?.algorithms ?? [], ourNumber) !== null;
  }

  private async offered(channel: IncomingChannel): Promise<void> {
    const { forward, reverse } = channel.opening;
    if (forward?.media.kind !== 'h224') return;
    const taken = this.takenOf(channel);
    if (!taken) return channel.reject('securityDenied');
    if ('cause' in taken) return channel.reject(taken.cause);
    this.incoming = channel;
    this.seals.receives(taken);
    const line = await this.ports();
    if (!line) return channel.reject('dataTypeNotAvailable');
    const where = this.traversal.accepting(line.local);
    const { mediaControlChannel } = where;
    channel.accept({
      ...where,
      ...taken.told,
      ...(reverse ? { reverse: { ...reverse, mediaChannel: null, mediaControlChannel } } : {}),
    });
  }

  /** Null where it would be plain and may not be. A channel for both directions has one key. */
  private takenOf({ opening }: IncomingChannel): ReturnType<ChannelKeys['taken']> | null {
    const { forward, reverse } = opening;
    const sealed = forward?.encryption !== null;
    if (reverse && (reverse.encryption !== null) !== sealed) return null;
    if (sealed) return this.keys.taken(opening);
    return this.keys.sealed ? null : takenPlain;
  }

  /** Null where there are none, or not any more. */
  private async ports(): Promise<Line | null> {
    if (this.line) return this.line;
    this.opening ??= this.openLine().finally(() => (this.opening = null));
    try {
      const line = await this.opening;
      if (!this.closed) return (this.line = line);
      line.close();
    } catch {
      // a call without camera control is a call
    }
    return null;
  }

  private opened(channel: LogicalChannel): void {
    if (channel !== this.out && channel !== this.incoming) return;
    if (channel === this.out && !this.seals.acknowledged(this.keys, this.out.acceptance?.encryptionSync))
      this.out.close();
    this.settle();
  }

  private gone(channel: LogicalChannel): void {
    if (channel === this.out) {
      this.out = null;
      this.seals.forgetOut();
    } else if (channel === this.incoming) {
      this.incoming = null;
      this.seals.forgetIn();
    } else return;
    this.settle();
  }

  private agreed(): Session {
    const { out, incoming, seals, traversal } = this;
    const acceptance = this.outOpen ? (out?.acceptance ?? null) : null;
    const theirs = this.hears ? (incoming?.opening ?? null) : null;
    const to = acceptance ?? theirs?.reverse ?? null;
    const receive = seals.in?.payloadType ?? theirs?.forward?.payloadType ?? ourNumber;
    const answered = seals.out?.payloadType ?? acceptance?.payloadType ?? ourNumber;
    const send = acceptance ? answered : (theirs?.reverse?.payloadType ?? receive);
    const { media, control } = traversal.place(out, incoming);
    const keys = keysOf(seals, acceptance !== null, receive, send);
    return {
      sends: to
        ? {
            ...{ format: null, maxKbps: null },
            ...{ media: media ?? to.mediaChannel, control: control ?? to.mediaControlChannel },
          }
        : null,
      receives: theirs ? { formats: [], control: theirs.forward?.mediaControlChannel ?? null, muted: false } : null,
      traversal: traversal.describe(out, incoming),
      events: { receive: [], send: [] },
      data: { receive, send },
      ...(keys ? { keys } : {}),
    };
  }
}

/** A channel of the peer for both directions has one key for them. */
function keysOf(seals: LineSeals, own: boolean, receive: number, send: number): LineKeys | null {
  const keys = seals.keys(receive);
  const both = own ? undefined : keys?.receive?.at(-1);
  return both ? { ...keys, send: { ...both, format: send } } : keys;
}

function takenIn(set: CapabilitySet): TakenData | null {
  const [entry] = receives(set, 'h224');
  return entry ? { media: entry.capability, algorithms: algorithmsOf(set, entry.number) } : null;
}

function ours(
  media: H224Media,
  mediaControlChannel: ChannelParameters['mediaControlChannel'],
): Omit<ChannelParameters, 'encryption'> {
  return {
    ...{ media, sessionId: dataSession, mediaChannel: null, mediaControlChannel },
    ...{ payloadType: ourNumber, packetization: null },
  };
}
