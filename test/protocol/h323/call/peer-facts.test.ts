import assert from 'node:assert/strict';
import { learned, unknownPeer } from '../../../../src/protocol/h323/call/peer-facts.js';
import type { Signal } from '../../../../src/protocol/h323/call/signal.js';

const heard = (type: string, body: object, elements: object = {}): Signal =>
  ({ q931: { type, ...elements }, pdu: { 'h323-message-body': { [type]: body } } }) as unknown as Signal;
const number = (presentation?: number): object => ({ digits: '4711', type: 0, plan: 1, presentation, screening: 0 });

describe('what an H.323 peer tells of itself', () => {
  for (const [what, signal, hidden] of [
    ['nothing of its presentation', heard('connect', {}), false],
    ['restricted in H.225.0', heard('connect', { presentationIndicator: { presentationRestricted: true } }), true],
    ['allowed in H.225.0', heard('connect', { presentationIndicator: { presentationAllowed: true } }), false],
    ['a restricted number that answered', heard('connect', {}, { connectedNumber: number(1) }), true],
    ['a number that may be shown', heard('connect', {}, { connectedNumber: number(0) }), false],
    ['a restricted number that calls', heard('setup', {}, { callingPartyNumber: number(1) }), true],
    ['the number of somebody else', heard('connect', {}, { callingPartyNumber: number(1) }), false],
  ] as const) {
    it(`is that it ${hidden ? 'wants' : 'does not want'} to stay unknown: ${what}`, () => {
      assert.equal(learned(unknownPeer, signal).hidden, hidden);
    });
  }

  it('is kept where a later message says nothing of it', () => {
    const known = learned(unknownPeer, heard('connect', {}, { connectedNumber: number(1) }));
    assert.equal(learned(known, heard('notify', {}, { display: 'x' })).hidden, true);
  });
});
