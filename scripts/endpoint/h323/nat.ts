import { systemChance } from '../../../src/base/ids.js';
import type { Endpoint } from '../../../src/base/net.js';
import { readAddress, writeAddress } from '../../../src/protocol/h323/control/channel-values.js';
import type { FeatureSet } from '../../../src/protocol/h323/h225/schema.js';
import type { GenericInformation } from '../../../src/protocol/h323/h245/schema.js';
import type { TraversalParameters } from '../../../src/protocol/h323/h460/media-schema.js';
import { mediaTraversalFeature, traversalIn, traversalInformation } from '../../../src/protocol/h323/h460/traversal.js';
import type { EndpointMedia } from '../media.js';
import type { NatWay } from '../options.js';
import type { Destination, MediaPort } from '../rtp/media-port.js';
import type { Signs } from '../rtp/nat-hole.js';
import type { LineName, Places } from './media.js';

/** Payload type of our signs of life. */
const payloadType = 127;

/** What such an endpoint says of itself in call signalling. */
export function clientFeatures(way: NatWay): FeatureSet {
  const feature = mediaTraversalFeature({ multiplex: way === 'multiplexed', server: false });
  return { replacementFeatureSet: false, supportedFeatures: [feature] };
}

/** Media of one call from behind NAT, as the client of H.460.19. */
export class LinesBehindNat {
  private readonly identifiers = new Map<LineName, number>();
  private readonly heard = new Map<LineName, TraversalParameters>();

  constructor(
    private readonly way: NatWay,
    private readonly media: EndpointMedia,
    private readonly at: Places,
  ) {}

  /** For a channel that we open. */
  opening(name: LineName): GenericInformation[] {
    return this.way === 'plain' ? [] : [traversalInformation(this.shared(name))];
  }

  /** For a channel that we take. */
  acknowledgement(name: LineName): GenericInformation[] {
    const shared = this.way === 'plain' ? {} : this.shared(name);
    return [traversalInformation({ ...shared, keepAlivePayloadType: payloadType })];
  }

  /** What the server says with a channel of either direction. */
  take(name: LineName, information: readonly GenericInformation[] | undefined): void {
    const told = traversalIn(information);
    if (!told) return;
    const all = { ...this.heard.get(name), ...told };
    this.heard.set(name, all);
    this.portOf(name).hole.set({
      signs: signsOf(all),
      sendAs: all.multiplexID ?? null,
      receiveAs: this.identifiers.get(name) ?? null,
    });
  }

  /** Where a line goes that the server has with others on one port. */
  place(name: LineName): Destination | null {
    const told = this.heard.get(name);
    const media = readAddress(told?.multiplexedMediaChannel);
    const control = readAddress(told?.multiplexedMediaControlChannel);
    return media && control && { address: media.address, rtp: media.port, rtcp: control.port };
  }

  private shared(name: LineName): TraversalParameters {
    const multiplexID = this.identifiers.get(name) ?? systemChance.int(1, 0xffffffff);
    this.identifiers.set(name, multiplexID);
    const { media, control } = this.at(name);
    const [multiplexedMediaChannel, multiplexedMediaControlChannel] = [writeAddress(media), writeAddress(control)];
    return { multiplexedMediaChannel, multiplexedMediaControlChannel, multiplexID };
  }

  private portOf(name: LineName): MediaPort {
    if (name === 'audio') return this.media.audio.port;
    return this.media.line(name === 'video' ? 'main' : 'content').port;
  }
}

function signsOf(told: TraversalParameters): Signs | null {
  const rtp = readAddress(told.keepAliveChannel);
  if (!rtp) return null;
  const above: Endpoint = { address: rtp.address, port: rtp.port + 1 };
  const rtcp = readAddress(told.multiplexedMediaControlChannel) ?? above;
  return { rtp, rtcp, payloadType, everyMs: (told.keepAliveInterval ?? 19) * 1000 };
}
