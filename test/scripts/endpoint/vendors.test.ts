import assert from 'node:assert/strict';
import { CallSdp } from '../../../scripts/endpoint/sdp/call-sdp.js';
import type { OwnMedia } from '../../../scripts/endpoint/sdp/roles.js';
import { vendorNamed, vendors } from '../../../scripts/endpoint/vendors/index.js';
import { parseSdp } from '../../../src/protocol/sdp/parse.js';

const own = (base: number, codecs = ['PCMU', 'PCMA']): OwnMedia => ({
  address: '127.0.0.1',
  ports: { audio: base, video: base + 2, content: base + 4, bfcp: base + 10 },
  codecs: new Set(codecs),
  bfcp: null,
});

/** Media, port and transport of each line, in order. */
const linesOf = (sdp: string): string[] =>
  parseSdp(sdp).media.map((line) => `${line.media} ${line.port} ${line.proto}`);

describe('endpoint vendors', () => {
  for (const [name, vendor] of Object.entries(vendors)) {
    it(`${name} offers SDP that parses and understands its answer`, () => {
      const caller = new CallSdp(vendor, own(4000), 7);
      const offer = caller.offer();
      assert.doesNotMatch(offer, /[{}]|undefined/);
      const answer = new CallSdp(vendorNamed('generic'), own(5000), 8).answer(offer);
      assert.equal(linesOf(answer.sdp).length, linesOf(offer).length);
      const outcome = caller.answered(answer.sdp);
      assert.deepEqual(outcome.audio?.to, { address: '127.0.0.1', rtp: 5000, rtcp: 5001 });
      assert.deepEqual(
        [outcome.video !== null, outcome.content !== null],
        [answer.outcome.video !== null, answer.outcome.content !== null],
      );
    });
  }

  it('keep the order of lines that makes them hard', () => {
    const offers = (name: string): string[] => linesOf(new CallSdp(vendorNamed(name), own(4000), 7).offer());
    assert.deepEqual(offers('cisco'), [
      'audio 4000 RTP/AVP',
      'video 4002 RTP/AVP',
      'application 4010 UDP/BFCP',
      'video 4004 RTP/AVP',
      'application 4050 RTP/AVP',
      'application 4050 UDP/UDT/IX',
    ]);
    assert.deepEqual(offers('poly').slice(2), ['application 4050 RTP/AVP', 'application 4010 TCP/BFCP']);
    assert.equal(offers('webex')[1], 'video 0 RTP/AVP');
  });

  it('offer Opus and G.722 only where they can be spoken', () => {
    const audio = (codecs: string[]): string[] =>
      parseSdp(new CallSdp(vendorNamed('cisco'), own(4000, codecs), 7).offer()).media[0]?.formats ?? [];
    assert.deepEqual(audio(['PCMU', 'PCMA']).slice(0, 2), ['107', '108']);
    assert.equal(audio(['PCMU', 'PCMA', 'OPUS'])[0], '114');
    assert.ok(audio(['PCMU', 'PCMA', 'G722']).includes('9'));
  });

  it('refuse unknown names with the list of known ones', () => {
    assert.throws(() => vendorNamed('nokia'), /unknown vendor nokia; known: generic, cisco/);
  });

  it('take the ids of the server over their own', () => {
    const caller = new CallSdp(vendorNamed('cisco'), own(4000), 7);
    const gateway = {
      ...vendorNamed('generic'),
      answer: { floor: ['a=floorctrl:s-only', 'a=confid:4294967295', 'a=userid:65535', 'a=floorid:9 mstrm:12'] },
    };
    const answer = new CallSdp(gateway, own(5000), 8).answer(caller.offer());
    assert.deepEqual(caller.answered(answer.sdp).floor, {
      transport: 'UDP',
      remote: { address: '127.0.0.1', port: 5010 },
      confId: 4294967295,
      userId: 65535,
      floorId: 9,
      version: 2,
      setup: 'passive',
    });
  });

  it('offer hold with a higher version and the same lines', () => {
    const caller = new CallSdp(vendorNamed('cisco'), own(4000), 7);
    const first = caller.offer();
    caller.answered(new CallSdp(vendorNamed('generic'), own(5000), 8).answer(first).sdp);
    const held = caller.reoffer('sendonly');
    assert.match(held, /^o=tandberg 7 2 /m);
    assert.deepEqual(linesOf(held), linesOf(first));
    assert.deepEqual(
      parseSdp(held)
        .media.slice(0, 4)
        .map((line) => line.direction),
      ['sendonly', 'sendonly', 'sendrecv', 'sendonly'],
    );
    assert.equal(parseSdp(held).media[2]?.connection, 'existing');
  });
});
