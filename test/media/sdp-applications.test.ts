import assert from 'node:assert/strict';
import { restoreApplications, withoutApplications } from '../../src/media/sdp-applications.js';
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
});
