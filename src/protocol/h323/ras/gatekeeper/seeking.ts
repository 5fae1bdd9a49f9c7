import { chosen } from '../../../asn1/choice.js';
import { endpointOf, transportOf } from '../../addresses.js';
import { aliasOf } from '../../aliases.js';
import type { AliasAddress, RasMessage } from '../../h225/schema.js';
import type { Elsewhere, GatekeeperHost } from '../contract.js';
import { RasRefused, RasSilent } from '../errors.js';
import type { Exchanges, SendRas } from '../exchanges.js';
import type { Neighbour } from './neighbours.js';
import type { Way } from './registration.js';

/** A gatekeeper that is asked, and the socket by which. */
export interface Asking {
  neighbour: Neighbour;
  way: Way;
}

/** Gatekeepers that may pass a question on. */
const mostHops = 8;
const name = 'locationRequest';
/** How gatekeepers say that they do not know somebody. */
const unknown = new Set(['notRegistered', 'requestDenied', 'undefinedReason', 'unallocatedNumber']);

/** Asks gatekeepers beside us for somebody who is not here (LRQ, H.225.0 §7.13). */
export class Seeking {
  private readonly waiting = new Set<() => void>();

  constructor(
    private readonly exchanges: Exchanges,
    private readonly host: Pick<GatekeeperHost, 'rasFor'>,
    private readonly sender: (way: Way) => SendRas,
  ) {}

  /**
   * Asks all at once, and takes the first that knows. Rejects with RasRefused when somebody answered and nobody knows, with
   * RasSilent when nobody answered.
   */
  seek(wanted: string, source: readonly AliasAddress[], asked: readonly Asking[]): Promise<Elsewhere> {
    return new Promise((resolve, reject) => {
      let left = asked.length;
      let failure: Error = new RasSilent(name);
      const over = (): void => {
        this.waiting.delete(over);
        reject(failure);
      };
      this.waiting.add(over);
      for (const { neighbour, way } of asked) {
        const request = this.request(wanted, source, neighbour);
        this.exchanges.ask(request, neighbour.at, this.sender(way), (answer) => {
          const found = answer && foundIn(answer, wanted);
          if (found) {
            this.waiting.delete(over);
            return resolve(found);
          }
          if (answer) failure = new RasRefused(name, refusalIn(answer));
          if (--left === 0) over();
        });
      }
      if (left === 0) over();
    });
  }

  /** Nobody is waited for any more. */
  end(): void {
    for (const over of this.waiting) over();
  }

  private request(wanted: string, source: readonly AliasAddress[], { at }: Neighbour): RasMessage {
    return {
      locationRequest: {
        requestSeqNum: 1,
        destinationInfo: [aliasOf(wanted)],
        replyAddress: transportOf(this.host.rasFor(at)),
        sourceInfo: [...source],
        canMapAlias: true,
        hopCount: mostHops,
      },
    };
  }
}

function foundIn({ locationConfirm }: RasMessage, wanted: string): Elsewhere | null {
  const address = endpointOf(locationConfirm?.callSignalAddress);
  if (!locationConfirm || !address) return null;
  const { destinationInfo = [], remoteExtensionAddress = [] } = locationConfirm;
  const destination = destinationInfo.length > 0 ? destinationInfo : [aliasOf(wanted)];
  return { address, destination, extension: remoteExtensionAddress[0] ?? null };
}

function refusalIn({ locationReject }: RasMessage): string {
  const reason = locationReject ? chosen(locationReject.rejectReason) : 'notRegistered';
  return unknown.has(reason) ? 'calledPartyNotRegistered' : reason;
}
