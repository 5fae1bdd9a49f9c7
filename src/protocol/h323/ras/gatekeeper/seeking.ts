import { chosen } from '../../../asn1/choice.js';
import { endpointOf, transportOf } from '../../addresses.js';
import { aliasOf } from '../../aliases.js';
import type { RasMessage } from '../../h225/schema.js';
import { addressesOf } from '../alternates.js';
import type { Elsewhere, GatekeeperEvents, GatekeeperHost, Sought } from '../contract.js';
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
    /** What came of a question. */
    private readonly told: (what: GatekeeperEvents['neighbour']) => void,
  ) {}

  /**
   * Asks all at once, and takes the first that knows; the others are not asked again then. Rejects with RasRefused when
   * somebody answered and nobody knows, with RasSilent when nobody answered.
   */
  seek(sought: Sought, asked: readonly Asking[]): Promise<Elsewhere> {
    return new Promise((resolve, reject) => {
      let left = asked.length;
      let failure: Error = new RasSilent(name, asked.map(({ neighbour }) => neighbour.name).join(', '));
      const pending: (() => void)[] = [];
      const end = (): void => {
        this.waiting.delete(over);
        sought.signal?.removeEventListener('abort', over);
        for (const giveUp of pending) giveUp();
      };
      const over = (): void => {
        end();
        reject(failure);
      };
      this.waiting.add(over);
      sought.signal?.addEventListener('abort', over);
      for (const { neighbour, way } of sought.signal?.aborted ? [] : asked) {
        const request = this.request(sought, neighbour);
        const giveUp = this.exchanges.ask(request, neighbour.at, this.sender(way), (answer) => {
          const found = answer && foundIn(answer, sought.name, neighbour);
          this.told({ name: neighbour.name, outcome: found ? 'found' : answer ? 'unknown' : 'silent' });
          if (found) {
            end();
            return resolve(found);
          }
          if (answer) failure = new RasRefused(name, refusalIn(answer));
          if (--left === 0) over();
        });
        pending.push(giveUp);
      }
      if (pending.length === 0) over();
    });
  }

  /** Nobody is waited for any more. */
  end(): void {
    for (const over of this.waiting) over();
  }

  private request({ name: wanted, source, callIdentifier }: Sought, { at }: Neighbour): RasMessage {
    return {
      locationRequest: {
        requestSeqNum: 1,
        destinationInfo: [aliasOf(wanted)],
        replyAddress: transportOf(this.host.rasFor(at)),
        sourceInfo: [...source],
        canMapAlias: true,
        hopCount: mostHops,
        callIdentifier: callIdentifier === undefined ? undefined : { guid: Buffer.from(callIdentifier, 'hex') },
      },
    };
  }
}

function foundIn({ locationConfirm }: RasMessage, wanted: string, { name: by }: Neighbour): Elsewhere | null {
  const address = endpointOf(locationConfirm?.callSignalAddress);
  if (!locationConfirm || !address) return null;
  const { destinationInfo = [], remoteExtensionAddress = [] } = locationConfirm;
  const destination = destinationInfo.length > 0 ? destinationInfo : [aliasOf(wanted)];
  const alternates = addressesOf(locationConfirm.alternateEndpoints);
  return { address, alternates, by, destination, extension: remoteExtensionAddress[0] ?? null };
}

function refusalIn({ locationReject }: RasMessage): string {
  const reason = locationReject ? chosen(locationReject.rejectReason) : 'notRegistered';
  return unknown.has(reason) ? 'calledPartyNotRegistered' : reason;
}
