import assert from 'node:assert/strict';
import {
  EncryptionRefused,
  EncryptionRequired,
  outgoingPolicy,
  strictest,
} from '../../../src/legs/admission/encryption.js';
import { listenerPolicy, SrtpGuard } from '../../../src/legs/sip/srtp-policy.js';
import { protectionOf, withoutPlainLines } from '../../../src/media/keying.js';

const head = 'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n';
const key = (suite = 'AES_CM_128_HMAC_SHA1_80'): string => `a=crypto:1 ${suite} inline:${'A'.repeat(40)}|2^31\r\n`;
const print = 'a=fingerprint:sha-256 AB:CD\r\n';
const line = (profile: string, extra = '', port = 4000): string => `m=audio ${port} ${profile} 0\r\n${extra}`;
const app = 'm=application 5000 RTP/AVP 100\r\na=rtpmap:100 H224/4800\r\n';

describe('keys in descriptions', () => {
  const rows: [what: string, sdp: string, withSdes: string, without: string][] = [
    ['plain', head + line('RTP/AVP'), 'none', 'none'],
    ['SDES', head + line('RTP/SAVP', key()), 'all', 'none'],
    ['SDES beside a plain profile', head + line('RTP/AVP', key()), 'all', 'none'],
    ['a cipher that hides nothing', head + line('RTP/SAVP', key('NULL_HMAC_SHA1_80')), 'none', 'none'],
    ['a suite nobody knows', head + line('RTP/SAVP', key('ROT13_HMAC_SHA1_80')), 'none', 'none'],
    ['a suite without key', head + line('RTP/SAVP', 'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:\r\n'), 'none', 'none'],
    ['GCM', head + line('RTP/SAVP', key('AEAD_AES_256_GCM')), 'all', 'none'],
    ['a secure profile without keys', head + line('RTP/SAVP'), 'none', 'none'],
    ['DTLS', head + line('UDP/TLS/RTP/SAVPF', print), 'all', 'all'],
    ['DTLS for the session', head + print + line('RTP/SAVPF'), 'all', 'all'],
    ['a fingerprint beside a plain profile', head + line('RTP/AVP', print), 'none', 'none'],
    ['a pair', head + line('RTP/AVP') + line('RTP/SAVP', key()), 'some', 'none'],
    ['a dead plain line', head + line('RTP/AVP', '', 0) + line('RTP/SAVP', key()), 'all', 'none'],
    ['lines that carry no media', head + line('RTP/SAVP', key()) + app, 'all', 'none'],
    ['nothing', head, 'all', 'all'],
  ];
  for (const [what, sdp, withSdes, without] of rows) {
    it(what, () => assert.deepEqual([protectionOf(sdp), protectionOf(sdp, false)], [withSdes, without]));
  }

  it('are what is left when plain lines are switched off in place', () => {
    const sdp = head + line('RTP/AVP') + line('RTP/SAVP', key(), 4002) + app;
    assert.deepEqual(withoutPlainLines(sdp), head + line('RTP/AVP', '', 0) + line('RTP/SAVP', key(), 4002) + app);
  });
});

describe('rules of encryption', () => {
  it('are the stricter of listener and room', () => {
    assert.equal(strictest(null, 'optional'), 'optional');
    assert.equal(strictest('optional', 'off'), 'off');
    assert.equal(strictest('off', 'optional'), 'off');
    assert.equal(strictest('required', 'optional'), 'required');
    assert.equal(strictest(null, 'required'), 'required');
    assert.throws(() => strictest('off', 'required'), EncryptionRefused);
    assert.throws(() => strictest('required', 'off'), EncryptionRefused);
  });

  it('are the stricter of room and sip.dialOut for calls of ours', () => {
    assert.equal(outgoingPolicy('optional', 'optional'), 'optional');
    assert.equal(outgoingPolicy('optional', 'required'), 'required');
    assert.equal(outgoingPolicy('required', 'optional'), 'required');
    assert.equal(outgoingPolicy('off', 'optional'), 'off');
    assert.throws(() => outgoingPolicy('off', 'required'), EncryptionRefused);
    assert.throws(() => outgoingPolicy('required', 'off'), EncryptionRefused);
  });

  it('are those of the listener that took the request', () => {
    const at = (transport: string, address: string, port: number, srtp: 'off' | 'required' | null) => ({
      transport,
      local: { address, port },
      srtp,
    });
    const all = [
      at('udp', '0.0.0.0', 5060, null),
      at('udp', '192.0.2.1', 5060, 'off'),
      at('tls', '::', 5061, 'required'),
    ];
    const rule = (protocol: string, receivedOn?: string) =>
      listenerPolicy(all, receivedOn === undefined ? { protocol } : { protocol, receivedOn });
    assert.equal(rule('udp', '192.0.2.1:5060'), 'off');
    assert.equal(rule('udp', '192.0.2.9:5060'), null);
    assert.equal(rule('tls', '[2001:db8::1]:5061'), 'required');
    assert.equal(rule('TLS', '2001:db8::1:5061'), 'required');
    assert.equal(rule('tcp', '192.0.2.1:5060'), null);
    assert.equal(rule('udp'), null);
  });

  const plain = head + line('RTP/AVP');
  const sdes = head + line('RTP/SAVP', key());
  const best = head + line('RTP/AVP', key());
  const dtls = head + line('UDP/TLS/RTP/SAVP', print);
  const browser = head + line('UDP/TLS/RTP/SAVPF', `${print}a=ice-ufrag:x\r\n`);

  it('`off`: plain only, browsers excepted', () => {
    const guard = new SrtpGuard('off', true, false);
    assert.equal(guard.first(plain), plain);
    assert.equal(guard.first(best), best);
    assert.equal(guard.takesBestEffort(best), false);
    assert.equal(guard.first(browser), browser);
    for (const offer of [sdes, dtls]) assert.throws(() => guard.first(offer), EncryptionRefused);
  });

  it('`optional`: as the caller wants, and back', () => {
    const guard = new SrtpGuard('optional', false, false);
    for (const offer of [plain, sdes, best, dtls, browser]) assert.equal(guard.first(offer), offer);
    assert.equal(guard.takesBestEffort(best), true);
    guard.later(plain);
  });

  it('`required`: nothing plain, first or later', () => {
    const guard = new SrtpGuard('required', true, true);
    assert.throws(() => guard.first(plain), EncryptionRequired);
    for (const offer of [sdes, best, dtls, browser]) assert.equal(guard.first(offer), offer);
    for (const sdp of [sdes, best, dtls, browser, head]) guard.later(sdp);
    for (const sdp of [plain, head + line('RTP/SAVP', key()) + line('RTP/AVP')]) {
      assert.throws(() => guard.later(sdp), EncryptionRequired);
    }
    guard.offering();
  });

  it('keys in a description count over TLS only, where that is said', () => {
    const required = new SrtpGuard('required', false, true);
    for (const offer of [sdes, best]) assert.throws(() => required.first(offer), /over TLS or by DTLS/);
    assert.equal(required.first(dtls), dtls);
    assert.throws(() => required.offering(), EncryptionRefused);
    const optional = new SrtpGuard('optional', false, true);
    assert.throws(() => optional.first(sdes), /over TLS only/);
    assert.equal(optional.takesBestEffort(best), false);
    assert.equal(optional.first(dtls), dtls);
  });
});
