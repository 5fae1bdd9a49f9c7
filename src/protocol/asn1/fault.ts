import { DualstreamError, type Verdict } from '../../base/errors.js';

/** What can be wrong with an encoding, or with a value that is to be encoded. */
export type FaultKind =
  | 'incomplete' // the octets end before the value does
  | 'malformed' // no encoder that follows the schema writes this
  | 'unsupported' // may be right, but beyond our limits on depth, counts and size of numbers
  | 'unencodable'; // a value that does not fit its schema

/** Octets that are no acceptable value, or a value that cannot be written. The only error this folder knows. */
export class Asn1Fault extends DualstreamError {
  readonly verdict: Verdict;
  /** Names of the components from the outermost to the one at fault. */
  readonly path: string[] = [];

  /** `position` is the bit where reading or writing stopped, counted from the beginning of the message. */
  constructor(
    readonly kind: FaultKind,
    readonly position: number,
    private readonly why: string,
  ) {
    super(why);
    this.verdict = { sip: 400, h225: 'undefinedReason', bfcp: 0, http: 400, label: kind, retry: false };
  }

  /** Says that it happened inside this component; called from the inside out. */
  inside(component: string): this {
    this.path.unshift(component);
    this.message = `${this.path.join('.')}: ${this.why} (bit ${this.position})`;
    return this;
  }
}

/** Adds the component's name to a fault on its way out. */
export function inside(component: string, error: unknown): unknown {
  return error instanceof Asn1Fault ? error.inside(component) : error;
}

/** A decoded value and the octets it took, or the reason why there is none. */
export type Decoded<T> = { ok: true; value: T; used: number } | { ok: false; fault: Asn1Fault };
