import type { Endpoint } from '../../base/net.js';
import type { LineTraversal, SharedPorts } from '../../media/plane.js';
import type { MediaAddress } from '../../media/vocabulary.js';
import type { SignalledCall } from '../../protocol/h323/call/contract.js';
import { readAddress, writeAddress } from '../../protocol/h323/control/channel-values.js';
import type { ChannelAcceptance, IncomingChannel, OutgoingChannel } from '../../protocol/h323/control/contract.js';
import type { FeatureSet } from '../../protocol/h323/h225/schema.js';
import type { GenericInformation } from '../../protocol/h323/h245/schema.js';
import type { TraversalParameters } from '../../protocol/h323/h460/media-schema.js';
import {
  mediaTraversalFeature,
  mediaTraversalIn,
  traversalIn,
  traversalInformation,
  type MediaTraversal,
} from '../../protocol/h323/h460/traversal.js';

// H.460.19 with us as the server: devices behind NAT send signs of life to where we tell them, and media goes back there.

/** Seconds between signs of life that devices are asked for. */
const keepAliveSeconds = 19;

/** What a peer behind NAT can; null for one that is not, or that is a server itself. */
export function clientOf({ peer }: Pick<SignalledCall, 'peer'>): MediaTraversal | null {
  const { supportedFeatures = [], desiredFeatures = [], neededFeatures = [] } = peer.features ?? {};
  const theirs = mediaTraversalIn([...supportedFeatures, ...desiredFeatures, ...neededFeatures]);
  return theirs && !theirs.server ? theirs : null;
}

/** Features of our calls to devices, and of our answers to those that have it. */
export function serverFeatures(multiplex: boolean): FeatureSet {
  return { replacementFeatureSet: false, supportedFeatures: [mediaTraversalFeature({ multiplex, server: true })] };
}

/** For a channel of ours: the device opens its NAT to us by signs of life to there. */
export function keepAliveFrom(place: Endpoint, more: TraversalParameters = {}): GenericInformation {
  const keepAlive = { keepAliveChannel: writeAddress(place), keepAliveInterval: keepAliveSeconds };
  return traversalInformation({ ...keepAlive, ...more });
}

/** What the lines of one call know of its way through NAT. */
export interface CallTraversal {
  /** Whether the peer is behind NAT, by what is known so far. */
  client(): MediaTraversal | null;
  /** Ports of ours that lines share; null where there are none. */
  shared(): SharedPorts | null;
  /** 1..2^32-1, which nobody guesses. */
  identifier(): number;
}

/** Where a line is, for its peer. */
interface Place {
  rtp: Endpoint;
  rtcp: Endpoint;
}

/** What one line of a call tells its peer, and is told, to get through its NAT. */
export class SlotTraversal {
  /** What packets begin with that come to the shared ports for this line; null before the peer was told. */
  private receiveAs: number | null = null;

  constructor(private readonly call: CallTraversal) {}

  get applies(): boolean {
    return this.call.client() !== null;
  }

  /** The line is closed: its ports are others the next time. */
  forget(): void {
    this.receiveAs = null;
  }

  /** For OpenLogicalChannel of ours: the receiver opens its NAT to us by signs of life, and reports to `control`. */
  opening(local: MediaAddress): { control: Endpoint; information: GenericInformation[] } {
    const own = { address: local.address, port: local.rtcpPort };
    if (!this.applies) return { control: own, information: [] };
    const shared = this.share(local.address);
    const keepAlive = shared?.rtp ?? { address: local.address, port: local.rtpPort };
    // some send their reports there although another place is told for them
    const control = shared?.rtcp ?? own;
    return { control, information: [keepAliveFrom(keepAlive, this.multiplexed(shared))] };
  }

  /**
   * For OpenLogicalChannelAck of ours: where the peer sends. Some take the usual components for that and only the identifier
   * from those of H.460.19.
   */
  acknowledgement({ address, rtpPort, rtcpPort }: MediaAddress): Place & { information: GenericInformation[] } {
    const shared = this.share(address);
    if (shared) return { ...shared, information: [traversalInformation(this.multiplexed(shared))] };
    return { rtp: { address, port: rtpPort }, rtcp: { address, port: rtcpPort }, information: [] };
  }

  /** The same as an OpenLogicalChannelAck has it. */
  accepting(local: MediaAddress): ChannelAcceptance {
    const { rtp, rtcp, information } = this.acknowledgement(local);
    return { mediaChannel: rtp, mediaControlChannel: rtcp, genericInformation: information };
  }

  /** What the line has to know; the peer tells it with its channels and its acknowledgements. */
  describe(out: OutgoingChannel | null, incoming: IncomingChannel | null): LineTraversal | undefined {
    if (!this.applies) return undefined;
    const { acknowledged, opened } = told(out, incoming);
    return {
      keepAlive: acknowledged?.keepAlivePayloadType ?? opened?.keepAlivePayloadType ?? null,
      receiveAs: this.receiveAs,
      sendAs: acknowledged?.multiplexID ?? opened?.multiplexID ?? null,
    };
  }

  /** Where the peer says that it takes what we send, if it shares ports itself. */
  place(out: OutgoingChannel | null, incoming: IncomingChannel | null): { media?: Endpoint; control?: Endpoint } {
    if (!this.applies) return {};
    const { acknowledged, opened } = told(out, incoming);
    const from = acknowledged ?? opened;
    const media = readAddress(from?.multiplexedMediaChannel);
    const control = readAddress(from?.multiplexedMediaControlChannel);
    return { ...(media ? { media } : {}), ...(control ? { control } : {}) };
  }

  /** Our shared ports, if the peer can send there. */
  private share(address: string): Place | null {
    const ports = this.call.client()?.multiplex === true ? this.call.shared() : null;
    if (!ports) return null;
    this.receiveAs ??= this.call.identifier();
    return { rtp: { address, port: ports.rtpPort }, rtcp: { address, port: ports.rtcpPort } };
  }

  private multiplexed(place: Place | null): TraversalParameters {
    if (!place || this.receiveAs === null) return {};
    return {
      multiplexedMediaChannel: writeAddress(place.rtp),
      multiplexedMediaControlChannel: writeAddress(place.rtcp),
      multiplexID: this.receiveAs,
    };
  }
}

function told(out: OutgoingChannel | null, incoming: IncomingChannel | null) {
  return {
    acknowledged: traversalIn(out?.acceptance?.genericInformation),
    opened: traversalIn(incoming?.opening.genericInformation),
  };
}
