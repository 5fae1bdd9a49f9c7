import type { Chance } from '../../../base/ids.js';
import { kept } from '../../../base/octets.js';
import type { CallNumbers } from './contract.js';

/** By what messages name a call. */
export interface CallNames {
  callReference: number;
  /** 16 octets each. */
  callIdentifier: Buffer;
  conferenceID: Buffer;
}

const octetsOfId = 16;

export function freshNumbers(chance: Chance): CallNumbers {
  return {
    callReference: chance.int(1, 0x7fff),
    callIdentifier: chance.hex(octetsOfId),
    conferenceID: chance.hex(octetsOfId),
  };
}

export function namesOf({ callReference, callIdentifier, conferenceID }: CallNumbers): CallNames {
  const octets = (hex: string): Buffer => kept(Buffer.from(hex, 'hex'));
  return { callReference, callIdentifier: octets(callIdentifier), conferenceID: octets(conferenceID) };
}
