import type { LineTraversal } from '../../media/plane.js';
import type { MediaAddress } from '../../media/vocabulary.js';
import type { SignalledCall } from '../../protocol/h323/call/contract.js';
import { writeAddress } from '../../protocol/h323/control/channel-values.js';
import type { IncomingChannel, OutgoingChannel } from '../../protocol/h323/control/contract.js';
import type { FeatureSet } from '../../protocol/h323/h225/schema.js';
import type { GenericInformation } from '../../protocol/h323/h245/schema.js';
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
export function serverFeatures(): FeatureSet {
  return {
    replacementFeatureSet: false,
    supportedFeatures: [mediaTraversalFeature({ multiplex: false, server: true })],
  };
}

/** What one line of a call tells its peer, and is told, to get through its NAT. */
export class SlotTraversal {
  /** `client`: whether the peer is behind NAT, by what is known so far. */
  constructor(private readonly client: () => MediaTraversal | null) {}

  get applies(): boolean {
    return this.client() !== null;
  }

  /** For OpenLogicalChannel of ours: the receiver opens its NAT to us by signs of life. */
  opening({ address, rtpPort }: MediaAddress): GenericInformation[] {
    if (!this.applies) return [];
    return [
      traversalInformation({
        keepAliveChannel: writeAddress({ address, port: rtpPort }),
        keepAliveInterval: keepAliveSeconds,
      }),
    ];
  }

  /** What the line has to know; the peer tells it with its channels and its acknowledgements. */
  describe(out: OutgoingChannel | null, incoming: IncomingChannel | null): LineTraversal | undefined {
    if (!this.applies) return undefined;
    const acknowledged = traversalIn(out?.acceptance?.genericInformation);
    const opened = traversalIn(incoming?.opening.genericInformation);
    return { keepAlive: acknowledged?.keepAlivePayloadType ?? opened?.keepAlivePayloadType ?? null };
  }
}
