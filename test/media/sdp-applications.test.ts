import assert from 'node:assert/strict';
import { restoreApplications, withoutApplications } from '../../src/media/sdp-applications.js';
import type { MediaSection } from '../../src/protocol/sdp/description.js';
import { parseSdp } from '../../src/protocol/sdp/parse.js';
import { fixtureNames, fixtureOffer } from './support/fixtures.js';

describe('applications around the media anchor', () => {
  for (const name of fixtureNames()) {
    it(`${name}: taken out and put back in the same places`, () => {
      const offer = fixtureOffer(name);
      const { sdp, taken } = withoutApplications(offer);
      assert.doesNotMatch(sdp, /^m=(?!audio|video)/m);
      const heads = (text: string): string[] | null => text.match(/^m=.*$/gm);
      assert.deepEqual(heads(restoreApplications(sdp, taken)), heads(offer));
      assert.deepEqual(restoreApplications(sdp, taken).match(/^a=.*$/gm), offer.match(/^a=.*$/gm));
    });
  }
  it('a taken section keeps its address when the anchor writes its own into the session', () => {
    const offer = fixtureOffer('poly-studiox30-tcp');
    const { sdp, taken } = withoutApplications(offer);
    const back = restoreApplications(sdp.replace('c=IN IP4 192.168.0.104', 'c=IN IP4 127.0.0.1'), taken);
    assert.match(back, /m=application 17324 TCP\/BFCP \*\r\nc=IN IP4 192\.168\.0\.104\r\n/);
  });

  const print = `sha-256 ${Array.from({ length: 32 }, () => 'B1').join(':')}`;
  const offerWith = (session: string[], proto: string, own: string[]): string =>
    [
      ...['v=0', 'o=- 1 1 IN IP4 192.0.2.9', 's=-', 'c=IN IP4 192.0.2.9', 't=0 0', ...session],
      ...['m=audio 4000 UDP/TLS/RTP/SAVP 8', `m=application 5000 ${proto} *`, 'a=floorctrl:c-only', ...own, ''],
    ].join('\r\n');
  /** What the floor section says when the anchor has written a session of its own around it. */
  const afterAnchor = (offer: string): MediaSection | undefined => {
    const { sdp, taken } = withoutApplications(offer);
    const passed = sdp.split('\r\n').filter((line) => !/^a=(setup|connection|fingerprint)/.test(line));
    return parseSdp(restoreApplications(passed.join('\r\n'), taken)).media[1];
  };
  for (const proto of ['TCP/TLS/BFCP', 'UDP/TLS/BFCP'] as const) {
    it(`${proto} keeps setup, connection and certificate that the session states`, () => {
      const section = afterAnchor(
        offerWith(['a=setup:active', 'a=connection:existing', `a=fingerprint:${print}`], proto, []),
      );
      assert.deepEqual([section?.setup, section?.connection, section?.fingerprints.length], ['active', 'existing', 1]);
    });
  }
  it('plain TCP keeps setup; what the line says itself stands before the session', () => {
    assert.equal(afterAnchor(offerWith(['a=setup:active'], 'TCP/BFCP', []))?.setup, 'active');
    const own = offerWith(['a=setup:actpass'], 'TCP/TLS/BFCP', ['a=setup:passive', `a=fingerprint:${print}`]);
    assert.equal(afterAnchor(own)?.setup, 'passive');
    const { taken } = withoutApplications(own);
    assert.deepEqual(
      taken.flatMap(({ lines }) => lines.filter((line) => line.startsWith('a=setup'))),
      ['a=setup:passive'],
    );
  });
});
