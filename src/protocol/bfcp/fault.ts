import { DualstreamError, type Verdict } from '../../base/errors.js';
import type { Header, Ids } from './message.js';
import { errorCodes } from './names.js';

/** What can be wrong with received bytes. */
export type FaultKind =
  | 'incomplete' // fewer octets than a header or than the header announces
  | 'unsupported-version'
  | 'wrong-length' // Payload Length, fragment fields and octets disagree
  | 'unknown-primitive'
  | 'malformed' // the attribute walk broke at `position`
  | 'unknown-mandatory' // unknown attribute types with the M bit
  | 'missing-attribute'; // the ABNF of RFC 8855 §5.3 wants one that is not there

const codes: Record<FaultKind, number> = {
  incomplete: 0,
  'unsupported-version': errorCodes.unsupportedVersion,
  'wrong-length': errorCodes.incorrectLength,
  'unknown-primitive': errorCodes.unknownPrimitive,
  malformed: errorCodes.unableToParse,
  'unknown-mandatory': errorCodes.unknownMandatoryAttribute,
  'missing-attribute': errorCodes.unableToParse,
};

/** Bytes that are no acceptable message. Decoders return it; it is never thrown by this folder. */
export class BfcpFault extends DualstreamError {
  readonly verdict: Verdict;

  /**
   * `position` is the octet where decoding stopped; `types` are the unknown mandatory attributes; `ids` are those to copy
   * into an Error, when the header could be read; `header` is there when the header itself was acceptable.
   */
  constructor(
    readonly kind: FaultKind,
    readonly position: number,
    why: string,
    readonly ids: Ids | null = null,
    readonly header: Header | null = null,
    readonly types: readonly number[] = [],
  ) {
    super(why);
    this.verdict = {
      sip: 400,
      h225: 'undefinedReason',
      bfcp: codes[kind],
      http: 400,
      label: kind.replace('-', '_'),
      retry: false,
    };
  }
}

/** A decoded value or the reason why there is none. */
export type Decoded<T> = { ok: true; value: T } | { ok: false; fault: BfcpFault };
