import assert from 'node:assert/strict';
import { decode, encode } from '../../../src/protocol/asn1/codec.js';
import { endpointOf, endpointText, sameEndpoint, sameHost, transportOf } from '../../../src/protocol/h323/addresses.js';
import { aliasKey, aliasOf, aliasText } from '../../../src/protocol/h323/aliases.js';
import { AliasAddress, TransportAddress } from '../../../src/protocol/h323/h225/schema.js';

describe('transport addresses of H.225.0', () => {
  for (const address of ['192.0.2.1', '2001:db8::1', '::', '::1', '2001:db8:0:1:0:0:0:1', 'fe80::1:2', '1::']) {
    it(`carry ${address} there and back`, () => {
      const read = decode(TransportAddress, encode(TransportAddress, transportOf({ address, port: 1720 })));
      assert.ok(read.ok);
      const back = endpointOf(read.value);
      assert.ok(back && sameEndpoint(back, { address, port: 1720 }), JSON.stringify(back));
    });
  }

  it('write IPv6 as RFC 5952 does', () => {
    const of = (address: string) => endpointText(endpointOf(transportOf({ address, port: 1 })) ?? assert.fail());
    assert.equal(of('2001:DB8:0:0:1:0:0:1'), '[2001:db8::1:0:0:1]:1');
    assert.equal(of('2001:db8:0:1:1:1:1:1'), '[2001:db8:0:1:1:1:1:1]:1');
    assert.equal(of('64:ff9b::192.0.2.33'), '[64:ff9b::c000:221]:1');
  });

  it('take a mapped IPv4 address for what it is', () => {
    assert.deepEqual(
      transportOf({ address: '::ffff:192.0.2.1', port: 5 }),
      transportOf({ address: '192.0.2.1', port: 5 }),
    );
    assert.ok(sameHost({ address: '::ffff:192.0.2.1', port: 5 }, { address: '192.0.2.1', port: 6 }));
    assert.ok(sameHost({ address: 'FE80::1%eth0', port: 5 }, { address: 'fe80:0::1', port: 6 }));
    assert.ok(!sameHost({ address: '192.0.2.1', port: 5 }, { address: '192.0.2.2', port: 5 }));
  });

  it('that no socket reaches are none', () => {
    assert.equal(endpointOf({ ipAddress: { ip: Buffer.from([192, 0, 2, 1]), port: 0 } }), null);
    assert.equal(endpointOf({ netBios: Buffer.alloc(16) }), null);
    assert.equal(endpointOf(undefined), null);
    assert.throws(() => transportOf({ address: 'gk.example.com', port: 1719 }), RangeError);
  });
});

describe('aliases', () => {
  const cases: [string, AliasAddress][] = [
    ['1002', { dialledDigits: '1002' }],
    ['*12#', { dialledDigits: '*12#' }],
    ['Meeting room', { 'h323-ID': 'Meeting room' }],
    ['Räume', { 'h323-ID': 'Räume' }],
    ['h323:bob@example.com', { 'url-ID': 'h323:bob@example.com' }],
  ];
  for (const [text, alias] of cases) {
    it(`of "${text}" is ${JSON.stringify(alias)}`, () => {
      assert.deepEqual(aliasOf(text), alias);
      const read = decode(AliasAddress, encode(AliasAddress, alias));
      assert.equal(read.ok && aliasText(read.value), text.replace(/^h323:/, ''));
    });
  }

  it('can be written whatever somebody types', () => {
    for (const text of ['', '\u{1f600}', 'x'.repeat(1000), 'sip:ä@b', '1'.repeat(200), 'http:' + 'y'.repeat(600)])
      assert.ok(decode(AliasAddress, encode(AliasAddress, aliasOf(text))).ok, text);
  });

  it('of every kind have a text if it says something', () => {
    assert.equal(aliasText({ 'email-ID': 'bob@example.com' }), 'bob@example.com');
    const number = { publicTypeOfNumber: { unknown: true }, publicNumberDigits: '4930' } as const;
    assert.equal(aliasText({ partyNumber: { e164Number: number } }), '4930');
    assert.equal(aliasText({ transportID: transportOf({ address: '192.0.2.1', port: 1720 }) }), '192.0.2.1:1720');
    assert.equal(aliasText({ 'h323-ID': 'lab\0' }), 'lab');
    assert.equal(aliasText({ 'h323-ID': '\0' }), null);
    assert.equal(aliasText({ unknownAlternative: { index: 9, octets: Buffer.alloc(1) } }), null);
    assert.equal(aliasKey('Bob'), aliasKey('bob'));
  });
});
