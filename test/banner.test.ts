import assert from 'node:assert/strict';
import { banner, type BannerFacts } from '../src/banner.js';

const facts: BannerFacts = {
  version: '1.2.3',
  sipUris: ['sip:demo@192.0.2.5', 'sip:demo@127.0.0.1'],
  localPage: 'http://localhost:8080',
  pages: ['https://192.0.2.5:8443'],
  fingerprint: Array.from({ length: 32 }, () => 'AB').join(':'),
  selfSigned: true,
  adminLink: null,
  firewall: [
    { protocol: 'udp', from: 5060, to: 5060, what: 'SIP' },
    { protocol: 'udp', from: 20000, to: 26999, what: 'media and floor control' },
  ],
  engines: ['SIP: embedded', 'rtpengine: external at 192.0.2.9:2223'],
  warnings: [],
  columns: 100,
};

describe('the banner', () => {
  it('says where to call, what to open, what to let in and which engines run', () => {
    const text = banner(facts);
    for (const line of [
      'Dualstream 1.2.3 is ready.',
      '  sip:demo@192.0.2.5',
      '  http://localhost:8080',
      '  https://192.0.2.5:8443',
      '  udp 5060        SIP',
      '  udp 20000-26999 media and floor control',
      '  SIP: embedded',
      '  rtpengine: external at 192.0.2.9:2223',
    ]) {
      assert.ok(text.split('\n').includes(line), `${line}\n${text}`);
    }
    assert.equal(text.match(/AB/g)?.length, 32);
    assert.doesNotMatch(text, /Administrator|Not possible/);
  });

  it('draws the page as a QR code of even lines, where there is room for it', () => {
    const drawn = banner(facts)
      .split('\n')
      .filter((line) => /[▀▄█]/.test(line));
    assert.ok(drawn.length >= 12);
    assert.equal(new Set(drawn.map((line) => line.length)).size, 1);
    assert.match(drawn[0] ?? '', /^ {2}█+$/);
    assert.doesNotMatch(banner({ ...facts, columns: 40 }), /[▀▄█]/);
    assert.doesNotMatch(banner({ ...facts, pages: [] }), /[▀▄█]|elsewhere/);
  });

  it('does not send people elsewhere to an address of this machine only', () => {
    const text = banner({ ...facts, pages: ['https://127.0.0.1:8443', 'https://[::1]:8443'] });
    assert.match(text, /The same by HTTPS:\n {2}https:\/\/127\.0\.0\.1:8443\n/);
    assert.doesNotMatch(text, /[▀▄█]|elsewhere/);
  });

  it('tells what does not work, and the administrator link', () => {
    const text = banner({ ...facts, warnings: ['browsers: rtpengine is missing'], adminLink: 'https://h/#admin=x' });
    assert.match(text, /Not possible at the moment:\n {2}browsers: rtpengine is missing/);
    assert.match(text, /works once\):\n {2}https:\/\/h\/#admin=x/);
  });
});
