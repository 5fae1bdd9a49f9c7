import type { Clock } from '../../../base/clock.js';
import type { Chance } from '../../../base/ids.js';
import type { ByteStream, Endpoint, Listener, Net } from '../../../base/net.js';
import { networkTest } from '../../../base/networks.js';
import { sameHost } from '../addresses.js';
import { decode } from '../../asn1/codec.js';
import { MultimediaSystemControlMessage } from '../h245/schema.js';
import type { CallCore } from './call-core.js';
import type { ControlChannel } from './control-effects.js';
import { PacketStream, type DropReason } from './packets.js';
import type { ConnectionLimits } from './timers.js';

/** TCP ports for H.245, both included. */
export interface PortRange {
  min: number;
  max: number;
}

/** What the H.245 connections of all calls share. */
export interface ControlEdgeSettings {
  net: Net;
  clock: Clock;
  chance: Chance;
  limits: ConnectionLimits;
  ports: PortRange;
  connectMs: number;
  /** Our address as the peer is to be told it. */
  advertise: (local: Endpoint, remote: string) => string;
  dropped: (reason: DropReason, why: string, remote: Endpoint) => void;
  count: (event: string) => void;
  /** Whether there may be as much from there by now. */
  spend: (from: Endpoint, units: number) => boolean;
  trace: (sent: boolean, call: CallCore, channel: ControlChannel, octets: Buffer) => void;
}

const onThisMachine = networkTest(['127.0.0.0/8', '::1/128', '0.0.0.0/8', '::/128']);
/** Ports tried for one listener. */
const mostTries = 40;
/** Connections to one listener of which none has said anything that makes sense. */
const mostCandidates = 4;

/** The H.245 connection of one call: made, or waited for. */
export class ControlEdge {
  private listener: Listener | null = null;
  private stopped = false;
  private readonly candidates = new Set<PacketStream>();

  constructor(
    private readonly settings: ControlEdgeSettings,
    private readonly call: CallCore,
  ) {}

  async dial(to: Endpoint, localAddress: string | undefined): Promise<void> {
    const { net, connectMs } = this.settings;
    try {
      this.check(to);
      const how = { timeoutMs: connectMs, ...(localAddress ? { localAddress } : {}) };
      const stream = await net.connect(to, { type: 'tcp' }, how);
      if (this.call.state === 'released') return stream.destroy();
      this.take(stream, true);
    } catch {
      this.settings.count('h245_unreachable');
      this.call.control.failed();
    }
  }

  /** A peer elsewhere does not have us connect to what listens on this machine for itself. */
  private check(to: Endpoint): void {
    const from = this.call.path?.remote.address;
    if (from === undefined || (onThisMachine(to.address) && !onThisMachine(from))) throw new Error('not from there');
  }

  /** Listens on the address that the caller has reached, on a free port of the range. */
  async listen(path: { local: Endpoint; remote: Endpoint }): Promise<void> {
    const { advertise, count } = this.settings;
    this.stopped = false;
    const listener = await this.bind(path.local.address);
    if (!listener) count('h245_no_port');
    if (this.stopped || this.call.state === 'released') listener?.dispose();
    else {
      this.listener = listener;
      const address = listener && advertise(path.local, path.remote.address);
      this.call.control.listening(listener && address ? { address, port: listener.local.port } : null);
    }
  }

  /** Gives up listening; connections that are used stay. */
  stop(): void {
    this.stopped = true;
    this.listener?.dispose();
    this.listener = null;
    for (const candidate of [...this.candidates]) candidate.end();
    this.candidates.clear();
  }

  private async bind(address: string): Promise<Listener | null> {
    const { net, chance, ports } = this.settings;
    const count = ports.max - ports.min + 1;
    const first = chance.int(0, count - 1);
    for (let tried = 0; tried < Math.min(count, mostTries); tried++) {
      const port = ports.min + ((first + tried) % count);
      try {
        return await net.listen({ address, port }, { type: 'tcp' }, (stream) => this.accepted(stream));
      } catch {
        // taken by another call, or by somebody else: the next one
      }
    }
    return null;
  }

  /** From elsewhere than call signalling comes may be right, or somebody who tries ports: it has to speak first. */
  private accepted(stream: ByteStream): void {
    const signalling = this.call.path?.remote;
    if (!this.listener || this.candidates.size >= mostCandidates) return stream.destroy();
    this.take(stream, signalling !== undefined && sameHost(stream.remote, signalling));
  }

  private take(stream: ByteStream, trusted: boolean): void {
    const { clock, limits, dropped, spend, trace } = this.settings;
    const { call } = this;
    const { control } = call;
    let used = false;
    let faults = 0;
    const use = (): void => {
      used = true;
      this.candidates.delete(packets);
      if (call.natPeer) packets.keepOpen();
      control.connected(channel);
    };
    const packets = new PacketStream(stream, clock, limits, {
      packet: (octets) => {
        trace(false, call, channel, octets);
        const sense = used ? control.received(octets) : decode(MultimediaSystemControlMessage, octets).ok;
        if (!sense && ++faults > limits.faults) return packets.drop('junk', 'not H.245');
        if (used || !sense) return;
        use();
        control.received(octets);
      },
      spend: (units) => spend(stream.remote, units),
      closed: (why) => {
        this.candidates.delete(packets);
        control.lost(channel, why);
      },
      dropped: (reason, why) => dropped(reason, why, stream.remote),
    });
    const channel: ControlChannel = {
      local: stream.local,
      remote: stream.remote,
      send(pdu) {
        trace(true, call, channel, pdu);
        packets.send(pdu);
      },
      close: () => packets.end(),
    };
    if (trusted) use();
    else this.candidates.add(packets);
  }
}
