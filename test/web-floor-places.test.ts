import assert from 'node:assert/strict';
import { webFloorPlace, type PageListeners } from '../src/web-floor-places.js';
import { selfSignedTest } from './support/certificates.js';

const at = (address: string, port: number): { address: string; port: number } => ({ address, port });

describe('where WebSockets for floor control are opened', () => {
  let named: string;
  let local: string;
  before(async () => {
    named = (await selfSignedTest({ common: 'x', names: ['localhost', '*.example.org', 'meet.example.org'] })).cert;
    local = (await selfSignedTest({ common: 'x', names: ['localhost', '192.0.2.7', '2001:db8::7'] })).cert;
  });
  const listeners = (cert: string | null, more: Partial<PageListeners> = {}): PageListeners => ({
    http: at('127.0.0.1', 8080),
    https: at('0.0.0.0', 8443),
    certificate: () => cert,
    hosts: [],
    ...more,
  });
  const url = (given: PageListeners, transport: 'WS' | 'WSS', advertise = '192.0.2.7'): string | null =>
    webFloorPlace(given, transport, advertise)?.url ?? null;

  it('securely, by a host that the certificate names: configured, our address, or a name of its own', () => {
    assert.equal(
      url(listeners(named, { hosts: ['gw.example.com', 'b.example.org'] }), 'WSS'),
      'wss://b.example.org:8443/bfcp',
    );
    assert.equal(url(listeners(local), 'WSS'), 'wss://192.0.2.7:8443/bfcp');
    assert.equal(url(listeners(local), 'WSS', '2001:db8::7'), 'wss://[2001:db8::7]:8443/bfcp');
    assert.equal(url(listeners(named), 'WSS'), 'wss://meet.example.org:8443/bfcp');
  });

  it('not securely where there is no such listener, or no name that a client would believe', () => {
    assert.equal(url(listeners(named, { https: null }), 'WSS'), null);
    assert.equal(url(listeners(null), 'WSS'), null);
    assert.equal(url(listeners(local), 'WSS', '192.0.2.8'), null);
  });

  it('follows a certificate that is replaced', () => {
    let shown = local;
    const given = listeners(null, { certificate: () => shown });
    assert.equal(url(given, 'WSS'), 'wss://192.0.2.7:8443/bfcp');
    shown = named;
    assert.equal(url(given, 'WSS'), 'wss://meet.example.org:8443/bfcp');
  });

  it('plainly where the listener can be reached; one on loopback only from this machine', () => {
    assert.equal(url(listeners(local), 'WS'), null);
    assert.equal(url(listeners(local), 'WS', '127.0.0.1'), 'ws://127.0.0.1:8080/bfcp');
    assert.equal(url(listeners(local, { http: at('::', 80) }), 'WS'), 'ws://192.0.2.7:80/bfcp');
    assert.equal(url(listeners(local, { http: null }), 'WS', '127.0.0.1'), null);
  });
});
