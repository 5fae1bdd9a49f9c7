import assert from 'node:assert/strict';
import { pictureFastUpdate, readMediaControl } from '../../../src/legs/sip/media-control.js';

const type = 'application/media_control+xml';

describe('INFO bodies', () => {
  it('reads the request of a room system', () => {
    const body =
      '<?xml version="1.0" encoding="utf-8" ?>\r\n<media_control>\r\n <vc_primitive>\r\n  <to_encoder>\r\n   <picture_fast_update>\r\n   </picture_fast_update>\r\n  </to_encoder>\r\n <stream_id>12</stream_id>\r\n </vc_primitive>\r\n</media_control>';
    assert.deepEqual(readMediaControl(type, body), { streamId: '12' });
    assert.equal(readMediaControl('text/plain', body), null);
    assert.equal(readMediaControl(type, '<media_control><general_error>x</general_error></media_control>'), null);
  });

  it('writes what it reads and never lets a label break out of its element', () => {
    assert.deepEqual(readMediaControl(type, pictureFastUpdate(null)), { streamId: null });
    assert.deepEqual(readMediaControl(type, pictureFastUpdate('12')), { streamId: '12' });
    assert.ok(!pictureFastUpdate('1</stream_id><x/>').includes('<x/>'));
  });
});
