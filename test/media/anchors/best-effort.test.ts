import assert from 'node:assert/strict';
import { everyLineKeyed, liftProfile, lowerProfile } from '../../../src/media/anchors/best-effort.js';

const key = 'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n';
const head = 'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\n';
const audio = 'm=audio 4000 RTP/AVP 0\r\n';
const video = 'm=video 4002 RTP/AVPF 97\r\n';
const floor = 'm=application 4004 UDP/BFCP *\r\n';

describe('media/anchors/best-effort (RFC 8643)', () => {
  it('knows an offer with keys on every line from one without, or with some, or under a secure profile', () => {
    assert.equal(everyLineKeyed(head + audio + key + video + key + floor), true);
    assert.equal(everyLineKeyed(head + audio + key + video + floor), false);
    assert.equal(everyLineKeyed(head + audio + video), false);
    assert.equal(everyLineKeyed(head + audio + key + 'm=video 0 RTP/AVP 97\r\n'), true);
    assert.equal(everyLineKeyed(head + audio.replace('AVP', 'SAVP') + key), false);
    assert.equal(everyLineKeyed(head + audio + key.replace('AES_CM_128_HMAC_SHA1_80', 'NULL_HMAC_SHA1_80')), false);
    assert.equal(everyLineKeyed(head + floor), false);
    assert.equal(everyLineKeyed(''), false);
  });

  it('shows the secure profile and takes it back', () => {
    const offer = head + audio + key + video + key + floor;
    const shown = liftProfile(offer);
    assert.match(shown, /^m=audio 4000 RTP\/SAVP 0\r\n/m);
    assert.match(shown, /^m=video 4002 RTP\/SAVPF 97\r\n/m);
    assert.match(shown, /^m=application 4004 UDP\/BFCP \*\r\n/m);
    assert.equal(lowerProfile(shown), offer);
    assert.equal(liftProfile(head + audio + video), head + audio + video);
    assert.equal(lowerProfile(`${head}m=video 0 RTP/SAVP 97\r\n`), `${head}m=video 0 RTP/AVP 97\r\n`);
  });
});
