import { BadTarget, type Dialer, type Dialling, type DialRequest } from '../../rooms/dialer.js';
import type { FarEnd } from './arrived-call.js';

/** Calls through trunks. */
export interface TrunkDialer {
  /** @throws BadTarget, TooManyCalls, EncryptionRefused */
  viaTrunk(trunk: string, to: string, request: DialRequest): Dialling;
}

/** Calls through registrations with gatekeepers elsewhere, which rules name like trunks. */
export interface RegistrationDialer extends TrunkDialer {
  knows(name: string): boolean;
}

/** What a trunk can be asked for; no URI, no parameter, nothing that could lead elsewhere. */
const number = /^\+?[\w*.-]{1,64}$/;

/** Finds whom a rule of the dial plan means. */
export class FarEnds {
  constructor(
    private readonly trunks: TrunkDialer,
    private readonly dialers: readonly Dialer[],
    /** Without them there are none. */
    private readonly registrations: RegistrationDialer | null = null,
  ) {}

  /** A number at a trunk; without one an address or `user:NAME`. @throws BadTarget */
  of(trunk: string | null, to: string): FarEnd {
    if (trunk === null) return this.address(to);
    if (!number.test(to)) throw new BadTarget('not a number');
    const registration = this.registrations?.knows(trunk) === true ? this.registrations : null;
    const by = registration ?? this.trunks;
    const dial = (request: DialRequest): Dialling => by.viaTrunk(trunk, to, request);
    // call signalling of H.323 is in the clear
    return { place: `trunk:${trunk}:${to}`, label: trunk, secure: registration === null, dial };
  }

  private address(to: string): FarEnd {
    const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(to)?.[1]?.toLowerCase() ?? '';
    const dialer = this.dialers.find(({ schemes }) => schemes.includes(scheme));
    if (!dialer) throw new BadTarget(`nothing here calls ${scheme.slice(0, 20)}: addresses`);
    // call signalling of H.323 is in the clear
    const secure = scheme !== 'h323';
    return { place: to, label: `${scheme}:`, secure, dial: (request) => dialer.dial({ ...request, to }) };
  }
}
