import type { Defence } from '../admission/defence.js';
import type { FrontDoor } from '../admission/front-door.js';
import { offenceOf } from '../admission/offences.js';
import type { SipRequest, SipResponse } from './srf.js';

/** Who looks after callers; both are absent where nobody does. */
export interface WatchOptions {
  defence?: Defence;
  /** Where the engine does not ask it: a drachtio-server. */
  door?: FrontDoor;
}

/** The SIP side's eyes on who calls. */
export class Watch {
  constructor(private readonly options: WatchOptions) {}

  /**
   * Answers who may not come in, and says whether it did. Only a SIP engine can say nothing at all: a library that is
   * left without an answer keeps the request.
   */
  sentAway(request: SipRequest, response: SipResponse): boolean {
    const { source_address: address, protocol, method } = request;
    const newcomer = { address, transport: protocol.toLowerCase(), method, agent: request.get('User-Agent') ?? '' };
    const verdict = this.options.door?.screen(newcomer) ?? 'take';
    if (verdict === 'take') return false;
    if (verdict === 'drop') response.send(403);
    else response.send(verdict.status, { headers: verdict.headers });
    return true;
  }

  /** A request was refused with this error. */
  refused(request: SipRequest, error: unknown): void {
    const offence = offenceOf(error);
    if (offence) this.options.defence?.offence(request.source_address, offence, isForgeable(request));
  }

  /** May a line about this caller be written now; null when not, else how many were held back. */
  line(request: SipRequest): { held: number } | null {
    return this.options.defence ? this.options.defence.line(request.source_address) : { held: 0 };
  }
}

function isForgeable({ protocol }: SipRequest): boolean {
  return protocol.toLowerCase() === 'udp';
}
