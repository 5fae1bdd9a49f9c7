import assert from 'node:assert/strict';
import { calledFocus } from '../../../src/legs/sip/focus.js';

describe('the focus in calls of ours', () => {
  it('is named as the way out says', () => {
    const rows: [uri: string, proxy: string | null, contact?: string][] = [
      ['sip:bob@192.0.2.1', null, '<sip:demo@localhost>;isfocus'],
      ['sip:bob@192.0.2.1;transport=udp', null, '<sip:demo@localhost>;isfocus'],
      ['sip:bob@192.0.2.1;transport=TCP', null, '<sip:demo@localhost;transport=tcp>;isfocus'],
      ['sip:bob@192.0.2.1', 'sip:192.0.2.9;transport=tls;lr', '<sip:demo@localhost;transport=tls>;isfocus'],
      ['sips:bob@192.0.2.1', null, '<sips:demo@localhost>;isfocus'],
      // a browser reads no roster from us
      ['sip:x@y.invalid;transport=ws', null],
      ['sip:x@y.invalid;transport=ws', 'sip:192.0.2.9:4001;transport=wss'],
    ];
    for (const [uri, proxy, Contact] of rows) {
      assert.deepEqual(calledFocus('demo', uri, proxy), Contact === undefined ? {} : { Contact }, uri);
    }
  });
});
