import assert from 'node:assert/strict';
import { whyNotConnect } from '../../../src/legs/bfcp-party/web-hosts.js';

describe('hosts to which WebSockets of floor control are opened', () => {
  const allowed = ['mcu.example.org', '*.rooms.example.org', '192.0.2.7:8443', '[2001:db8::1]:443', '2001:db8::2'];

  for (const uri of [
    'wss://mcu.example.org/bfcp?token=1',
    'wss://MCU.example.org:9443/',
    'wss://a.rooms.example.org',
    'wss://192.0.2.7:8443/x',
    'wss://[2001:db8::1]/x',
    'wss://[2001:DB8:0::2]:7000/x',
  ]) {
    it(`${uri} is one`, () => assert.equal(whyNotConnect(uri, 'WSS', allowed), null));
  }

  for (const uri of [
    'wss://evil.example.org/',
    'wss://mcu.example.org.evil.net/',
    'wss://evil.net/mcu.example.org',
    'wss://evil.net?mcu.example.org',
    'wss://evil.net\\@mcu.example.org/',
    'wss://mcu.example.org@evil.net/',
    'wss://user:password@mcu.example.org/',
    'wss://mcu.example.org/#x',
    'wss://rooms.example.org/',
    'wss://b.a.rooms.example.org/',
    'wss://192.0.2.7/',
    'wss://192.0.2.7:22/',
    'wss://[2001:db8::1]:22/',
    'wss://127.0.0.1/',
    'wss://0x7f.1/',
    'wss://2130706433/',
    'wss://[::ffff:127.0.0.1]/',
    'wss://localhost/',
    'ws://mcu.example.org/',
    'https://mcu.example.org/',
    'file:///etc/passwd',
    'wss:',
    '',
    'mcu.example.org',
  ]) {
    it(`${uri || '(nothing)'} is none`, () => assert.ok(whyNotConnect(uri, 'WSS', allowed)));
  }

  it('none is without a list', () => assert.match(whyNotConnect('ws://127.0.0.1/', 'WS', []) ?? '', /webSocketHosts/));

  it('numbers that mean an address that is listed are that address', () =>
    assert.equal(whyNotConnect('ws://0xc0.0.2.7/', 'WS', ['192.0.2.7']), null));
});
