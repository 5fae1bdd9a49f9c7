import assert from 'node:assert/strict';
import { ownPlaces, readTarget, type DialRules, type DialTarget } from '../../../src/legs/sip/dial-targets.js';
import { BadTarget, TargetNotAllowed } from '../../../src/rooms/dialer.js';

const rules: DialRules = {
  targets: [
    ...['sip:*@rooms.example.org', '*@*.branch.example.org', 'bob@192.0.2.1:5070', '*@[2001:db8::1]'],
    ...['*@127.0.0.1', '*@[::1]', '*@localhost'],
  ],
  numbers: [
    { dialled: /^(?:\+49(\d{3,12}))$/, trunk: 'main', to: '0$1' },
    { dialled: /^(?:110)$/, trunk: 'main', to: '110' },
  ],
};
const own = ownPlaces(['us.example.org'], ['127.0.0.1', '::1', 'localhost'], (port) => port === 5066);
const read = (text: string): DialTarget => readTarget(text, rules, own);

describe('whom a room may call', () => {
  for (const [text, uri] of [
    ['sip:room7@rooms.example.org', 'sip:room7@rooms.example.org'],
    ['SIP:room7@ROOMS.example.org;transport=TCP', 'sip:room7@rooms.example.org;transport=tcp'],
    ['sips:x@a.branch.example.org:5070', 'sips:x@a.branch.example.org:5070'],
    ['sip:bob@192.0.2.1:5070', 'sip:bob@192.0.2.1:5070'],
    ['sip:bob@[2001:DB8::1]:5090', 'sip:bob@[2001:db8::1]:5090'],
  ] as const) {
    it(`is ${text}`, () => {
      const target = read(text);
      assert.equal(target.kind === 'uri' && target.uri, uri);
    });
  }

  for (const text of [
    'sip:room7@example.org',
    'sip:room7@rooms.example.org.evil.net',
    'sip:room7@evilrooms.example.org',
    'sip:x@branch.example.org',
    'sip:bob@192.0.2.1',
    'sip:alice@192.0.2.1:5070',
    'tel:+4912',
    'tel:+4912345678901234',
    'tel:+33123456',
  ]) {
    it(`is not ${text}`, () => assert.throws(() => read(text), TargetNotAllowed));
  }

  for (const text of [
    'sip:x@rooms.example.org;maddr=192.0.2.9',
    'sip:+491234@rooms.example.org;user=phone',
    'sip:x@rooms.example.org;method=REFER',
    'sip:x@rooms.example.org?Route=%3Csip:evil.net%3E',
    'sip:x@rooms.example.org;transport=ws',
    'sip:%2B491234@rooms.example.org',
    'sip:x%40evil.net@rooms.example.org',
    'sip:x;phone-context=evil@rooms.example.org',
    'sip:x:secret@rooms.example.org',
    'sip:evil.net@x@rooms.example.org',
    'sip:x@rooms.example.org\r\nRoute: <sip:evil.net>',
    '<sip:x@rooms.example.org>',
    'tel:+491234;phone-context=evil.net',
    'tel:+49%31234',
    'tel:110;ext=9',
    'http://rooms.example.org',
    'rooms.example.org',
    'user:../../x',
    'user:a b',
    '',
  ]) {
    it(`makes no sense of ${JSON.stringify(text)}`, () => assert.throws(() => read(text), BadTarget));
  }

  it('is behind a trunk where a rule leads there', () => {
    assert.deepEqual(read('tel:+49-30 (12)34.5'), { kind: 'trunk', trunk: 'main', to: '03012345' });
    assert.deepEqual(read('tel:110'), { kind: 'trunk', trunk: 'main', to: '110' });
  });

  it('is a registered user by name, also by an address of ours', () => {
    assert.deepEqual(read('user:alice'), { kind: 'user', user: 'alice' });
    assert.equal(read('sip:alice@us.example.org').kind, 'own');
    assert.equal(read('sip:US.example.org:5099').kind, 'own');
  });

  it('is somebody else at an address of this machine where another port is written', () => {
    for (const host of ['127.0.0.1', '[::1]', 'localhost']) {
      assert.equal(read(`sip:bob@${host}:5066`).kind, 'own');
      assert.equal(read(`sip:bob@${host}`).kind, 'own');
      const target = read(`sip:bob@${host}:5090`);
      assert.equal(target.kind === 'uri' && target.uri, `sip:bob@${host}:5090`);
    }
  });
});
