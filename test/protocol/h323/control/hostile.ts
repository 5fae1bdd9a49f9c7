import type { Roll } from '../../../support/seeded.js';
import { h245Vectors, pdus } from '../goldens.js';

/** Messages of other stacks but the one that ends a session. */
const messages = [
  ...pdus.filter(({ type }) => type === 'MultimediaSystemControlMessage').map(({ hex }) => hex),
  ...h245Vectors.map(({ hex }) => hex),
].filter((hex) => hex !== '4a40');

/** One of them, often with some bits turned. */
export function fuzzed(roll: Roll): Buffer {
  const octets = Buffer.from(messages[roll(messages.length)] ?? '', 'hex');
  for (let n = roll(3); n > 0; n--) {
    const at = roll(octets.length);
    octets[at] = (octets[at] ?? 0) ^ (1 << roll(8));
  }
  return roll(10) === 0 ? octets.subarray(0, roll(octets.length)) : octets;
}
