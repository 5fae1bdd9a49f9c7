import assert from 'node:assert/strict';
import type { TlsPeer } from '../../../src/base/tls.js';
import { domainRefusal } from '../../../src/protocol/sip/tls-identity.js';

const peer = (names: Partial<TlsPeer['names']>, commonName: string | null = null): TlsPeer => ({
  verified: true,
  commonName,
  names: { dns: [], uris: [], ips: [], ...names },
  fingerprint: '',
});
const fits = (one: TlsPeer, domain = 'example.org', wildcards = false): boolean =>
  domainRefusal(one, domain, wildcards) === null;

describe('whose certificate a SIP server has (RFC 5922 §7)', () => {
  it('is said by its SIP URIs, else its DNS names, else its common name', () => {
    assert.ok(fits(peer({ uris: ['sip:example.org'] })));
    assert.ok(fits(peer({ uris: ['SIP:EXAMPLE.ORG'] })));
    assert.ok(fits(peer({ dns: ['x.net', 'Example.Org'] })));
    assert.ok(fits(peer({}, 'example.org')));
    assert.ok(!fits(peer({ dns: ['x.net'] }, 'example.org')), 'the common name does not count beside other names');
    assert.ok(!fits(peer({ uris: ['sip:x.net'], dns: ['example.org'] })), 'a SIP URI is the last word');
    assert.ok(fits(peer({ uris: ['https://x.net'], dns: ['example.org'] })), 'of other URIs nothing follows');
    assert.ok(!fits(peer({ uris: ['sip:alice@example.org'] })), 'a user is no domain');
    assert.ok(!fits(peer({ uris: ['sips:example.org'] })));
    assert.ok(!fits(peer({ dns: ['sub.example.org', 'org'] })), 'neither parts nor more');
    assert.ok(!fits(peer({})));
  });

  it('is no wildcard, unless that is allowed, and then for one label', () => {
    const wild = peer({ dns: ['*.example.org'] });
    assert.ok(!fits(wild, 'sip.example.org'));
    assert.match(domainRefusal(wild, 'sip.example.org', false) ?? '', /wildcards do not count \(sip\.tls\.wildcards\)/);
    assert.ok(fits(wild, 'sip.example.org', true));
    assert.ok(!fits(wild, 'a.sip.example.org', true));
    assert.ok(!fits(wild, 'example.org', true));
  });

  it('may be an address, however it is spelt', () => {
    assert.ok(fits(peer({ ips: ['192.0.2.1'] }), '192.0.2.1'));
    assert.ok(fits(peer({ ips: ['2001:DB8:0:0:0:0:0:1'] }), '2001:db8::1'));
    assert.ok(!fits(peer({ dns: ['192.0.2.1'] }, '192.0.2.1'), '192.0.2.1'));
    assert.match(domainRefusal(peer({ dns: ['a.net'] }), 'b.net', false) ?? '', /not of b\.net but of a\.net/);
  });
});
