import assert from 'node:assert/strict';
import { causeOf } from '../../src/web/errors.js';

describe('the Reason header as the page reads it', () => {
  it('takes protocol, cause and text', () => {
    assert.deepEqual(causeOf('SIP;cause=488;text="the media engine was restarted, please call again"'), {
      protocol: 'SIP',
      cause: 488,
      text: 'the media engine was restarted, please call again',
    });
    assert.deepEqual(causeOf('q.850 ; cause=16'), { protocol: 'Q.850', cause: 16, text: '' });
  });

  it('keeps semicolons and quotes inside the text', () => {
    assert.equal(causeOf('SIP;cause=600;text="a; \\"b\\"; c"')?.text, 'a; "b"; c');
  });

  it('makes nothing of nothing', () => {
    for (const header of [undefined, '', 'SIP', 'SIP;text="x"', ';cause=1', 'SIP;cause=x']) {
      assert.equal(causeOf(header), null, String(header));
    }
  });
});
