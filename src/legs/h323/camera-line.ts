import { Disposables } from '../../base/disposables.js';
import { Emitter } from '../../base/events.js';
import { paramsOfSession, type Session } from '../../media/h245-lines.js';
import type { Line } from '../../media/plane.js';
import { receives } from '../../protocol/h323/control/capabilities.js';
import type {
  ChannelParameters,
  ControlSession,
  ControlSessionEvents,
  H224Media,
  IncomingChannel,
  LogicalChannel,
  OutgoingChannel,
} from '../../protocol/h323/control/contract.js';
import type { ChannelKeys } from './channel-keys.js';

/** Session of data (H.245 §B.3.1). */
const dataSession = 3;
/** Payload number of H.224 in channels of ours; those of peers are theirs. */
const ourNumber = 100;

/**
 * Far-end camera control of one call: frames of H.224 in RTP (H.323 Annex Q, RFC 4573), by a channel for each direction or
 * one of the peer's for both, on one port pair. Nobody reads them here; a room passes them on.
 */
export class CameraLine {
  readonly on = new Emitter<{ changed: undefined }>();
  private line: Line | null = null;
  private opening: Promise<Line> | null = null;
  private out: OutgoingChannel | null = null;
  private incoming: IncomingChannel | null = null;
  /** What the peer takes; null where it takes none. */
  private taken: H224Media | null = null;
  private ready = false;
  private closed = false;
  private readonly bag = new Disposables();

  constructor(
    private readonly cname: string,
    private readonly session: ControlSession,
    private readonly keys: Pick<ChannelKeys, 'sealed'>,
    private readonly openLine: () => Promise<Line>,
  ) {
    const hear = <K extends keyof ControlSessionEvents>(
      name: K,
      by: (value: ControlSessionEvents[K]) => void,
    ): void => {
      this.bag.add(session.on.on(name, by));
    };
    hear('remoteCapabilities', (set) => {
      // plain frames beside encrypted media are none, as in encrypted calls by SIP
      this.taken = (set && !keys.sealed && receives(set, 'h224')[0]?.capability) || null;
      void this.begin();
    });
    hear('ready', () => {
      this.ready = true;
      void this.begin();
    });
    hear('channelOffered', ({ channel }) => void this.offered(channel));
    hear('channelOpened', ({ channel }) => this.changed(channel));
    hear('channelRefused', ({ channel }) => this.gone(channel));
    hear('channelClosed', ({ channel }) => this.gone(channel));
  }

  /** The line, where a channel of either direction is open. */
  get live(): Line | null {
    return this.sends || this.hears ? this.line : null;
  }

  /** Frees its ports; idempotent. */
  close(): void {
    this.closed = true;
    this.bag.dispose();
    this.line?.close();
    this.line = null;
  }

  private get sends(): boolean {
    return this.out?.state === 'open' || (this.hears && this.incoming?.opening.reverse !== null);
  }

  private get hears(): boolean {
    return this.incoming?.state === 'open';
  }

  /** Opens our channel, unless the peer has opened one for both directions. */
  private async begin(): Promise<void> {
    const may = (): boolean => this.ready && this.taken !== null && !this.out && !this.incoming?.opening.reverse;
    if (!may()) return;
    const line = await this.ports();
    if (!line || !this.taken || !may()) return this.settle();
    const { address, rtcpPort } = line.local;
    const control = { address, port: rtcpPort };
    this.out = this.session.open({ forward: ours(this.taken, control), reverse: null });
    this.settle();
  }

  private async offered(channel: IncomingChannel): Promise<void> {
    const { forward, reverse } = channel.opening;
    if (forward?.media.kind !== 'h224') return;
    if (this.keys.sealed) return channel.reject('securityDenied');
    if (forward.encryption) return channel.reject('dataTypeNotSupported');
    this.incoming = channel;
    const line = await this.ports();
    if (!line) return channel.reject('dataTypeNotAvailable');
    const { address, rtpPort, rtcpPort } = line.local;
    const control = { address, port: rtcpPort };
    channel.accept({
      mediaChannel: { address, port: rtpPort },
      mediaControlChannel: control,
      ...(reverse ? { reverse: { ...reverse, mediaChannel: null, mediaControlChannel: control } } : {}),
    });
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

  private changed(channel: LogicalChannel): void {
    if (channel === this.out || channel === this.incoming) this.settle();
  }

  private gone(channel: LogicalChannel): void {
    if (channel === this.out) this.out = null;
    else if (channel === this.incoming) this.incoming = null;
    else return;
    this.settle();
  }

  /** Brings the line up to the channels that are open; gives its ports back where there is none and none is coming. */
  private settle(): void {
    const { line } = this;
    if (this.closed || !line) return;
    if (this.sends || this.hears) line.update(paramsOfSession(this.agreed(), this.cname));
    else if (!this.out && !this.incoming) {
      line.close();
      this.line = null;
    }
    this.on.emit('changed', undefined);
  }

  private agreed(): Session {
    const { out, incoming } = this;
    const acceptance = out?.state === 'open' ? out.acceptance : null;
    const theirs = this.hears ? (incoming?.opening ?? null) : null;
    const to = acceptance ?? theirs?.reverse ?? null;
    const receive = theirs?.forward?.payloadType ?? ourNumber;
    const send = acceptance?.payloadType ?? theirs?.reverse?.payloadType ?? (acceptance ? ourNumber : receive);
    return {
      sends: to ? { format: null, media: to.mediaChannel, control: to.mediaControlChannel, maxKbps: null } : null,
      receives: theirs ? { formats: [], control: theirs.forward?.mediaControlChannel ?? null, muted: false } : null,
      events: { receive: [], send: [] },
      data: { receive, send },
    };
  }
}

function ours(media: H224Media, mediaControlChannel: ChannelParameters['mediaControlChannel']): ChannelParameters {
  return {
    ...{ media, sessionId: dataSession, mediaChannel: null, mediaControlChannel },
    ...{ payloadType: ourNumber, packetization: null, encryption: null },
  };
}
