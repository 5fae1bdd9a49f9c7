import assert from 'node:assert/strict';
import { peerInfoOf } from '../../../src/legs/sip/peer-info.js';
import type { SipRequest } from '../../../src/legs/sip/srf.js';

function request(from: unknown, agent?: string): SipRequest {
  return { getParsedHeader: () => from, get: () => agent } as unknown as SipRequest;
}

describe('who calls', () => {
  it('is the display name, else the user of the address, else unknown', () => {
    const uri = 'sip:room7@example.org';
    assert.deepEqual(peerInfoOf(request({ name: '"Room \\"7\\""', uri }, 'Cisco/1'), null), {
      name: 'Room "7"',
      uri,
      agent: 'Cisco/1',
    });
    assert.equal(peerInfoOf(request({ name: '', uri }), null).name, 'room7');
    assert.equal(peerInfoOf(request({ uri: 'sip:J%C3%BCrgen@example.org' }), null).name, 'Jürgen');
    assert.equal(peerInfoOf(request({ uri: 'sip:%E0%A4@example.org' }), null).name, '%E0%A4');
    assert.equal(peerInfoOf(request({ uri: 'sip:example.org' }), null).name, 'unknown');
    assert.equal(peerInfoOf(request(undefined), null).name, 'unknown');
  });

  it('is the name of the token before all others', () => {
    assert.equal(peerInfoOf(request({ name: 'Mallory', uri: 'sip:m@x' }), 'Alice').name, 'Alice');
  });

  it('has no control characters, no reversed text and no endless name', () => {
    const name = `\u0000A\u001b[31m\u202eB\u2066${'\u{1f600}'.repeat(100)}`;
    const info = peerInfoOf(request({ name, uri: `sip:${'x'.repeat(999)}@host` }, `agent\r\n${'y'.repeat(99)}`), null);
    assert.equal([...info.name].length, 64);
    assert.match(info.name, /^A\[31mB\u{1f600}+$/u);
    assert.equal(info.uri.length, 255);
    assert.equal(info.agent.length, 64);
    assert.doesNotMatch(info.agent, /[\r\n]/);
  });
});
