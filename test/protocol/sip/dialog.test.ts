import assert from 'node:assert/strict';
import { addressFor } from '../../../src/protocol/sip/advertise.js';
import { ContactCache } from '../../../src/protocol/sip/contact-cache.js';
import {
  contactUri,
  differsFromSource,
  partyOf,
  recordRoutes,
  routed,
  type Dialog,
} from '../../../src/protocol/sip/dialog.js';
import { Closers, type Flow, type TransportName } from '../../../src/protocol/sip/flow.js';
import { canonicalName, headerKey } from '../../../src/protocol/sip/header-names.js';
import { Headers } from '../../../src/protocol/sip/message.js';
import { nextHop, ownVia, responseTarget, stampVia } from '../../../src/protocol/sip/routing.js';
import { parseSipUri } from '../../../src/protocol/sip-values/uri.js';
import { parseVia, printVia } from '../../../src/protocol/sip-values/via.js';
import { ManualClock } from '../../support/manual-clock.js';

function flowOf(transport: TransportName, address = '198.51.100.4', port = 5062): Flow & { end(): void } {
  const closers = new Closers();
  let open = true;
  const local = { address: '192.0.2.1', port: 5060 };
  return {
    transport,
    reliable: transport !== 'udp',
    local,
    remote: { address, port },
    advertised: local,
    listener: null,
    peer: null,
    get open() {
      return open;
    },
    send: () => undefined,
    onClose: (listener) => closers.add(listener),
    close: () => undefined,
    abort: () => undefined,
    end() {
      open = false;
      closers.run();
    },
  };
}

describe('routing inside a dialog', () => {
  const dialog = { routes: ['<sip:p1.example.com;lr>', '<sip:p2.example.com;lr>'] } as Dialog;

  it('keeps the target with loose routers and gives way to a strict one (RFC 3261 §12.2.1.1)', () => {
    assert.deepEqual(routed(dialog, 'sip:bob@b'), { uri: 'sip:bob@b', routes: dialog.routes });
    const strict = { routes: ['<sip:p1.example.com>', '<sip:p2.example.com;lr>'] } as Dialog;
    assert.deepEqual(routed(strict, 'sip:bob@b'), {
      uri: 'sip:p1.example.com',
      routes: ['<sip:p2.example.com;lr>', '<sip:bob@b>'],
    });
    assert.deepEqual(routed({ routes: [] } as unknown as Dialog, 'sip:bob@b'), { uri: 'sip:bob@b', routes: [] });
  });

  it('reads Contact, Record-Route and parties', () => {
    const headers = new Headers([
      { name: 'm', value: '"B" <sip:b@c;transport=tcp>;q=1' },
      { name: 'Record-Route', value: '<sip:a;lr>, <sip:b;lr>' },
      { name: 'Record-Route', value: '<sip:c;lr>' },
    ]);
    assert.equal(contactUri(headers), 'sip:b@c;transport=tcp');
    assert.deepEqual(recordRoutes(headers), ['<sip:a;lr>', '<sip:b;lr>', '<sip:c;lr>']);
    assert.equal(contactUri(new Headers([{ name: 'Contact', value: '*' }])), null);
    assert.equal(partyOf('"A" <sip:a@b>;tag=1;x=2'), '"A" <sip:a@b>;x=2');
  });

  it('suspects NAT when a UDP Contact is not where the packet came from and nothing lies between', () => {
    const flow = flowOf('udp');
    assert.equal(differsFromSource('sip:a@198.51.100.4:5062', [], flow), false);
    assert.equal(differsFromSource('sip:a@10.0.0.1:5062', [], flow), true);
    assert.equal(differsFromSource('sip:a@198.51.100.4', [], flow), true);
    assert.equal(differsFromSource('sip:a@10.0.0.1', ['<sip:p;lr>'], flow), false);
    assert.equal(differsFromSource('sip:a@10.0.0.1', [], flowOf('tcp')), false);
  });
});

describe('next hops', () => {
  for (const [uri, transport, host, port] of [
    ['sip:a@h', 'udp', 'h', 5060],
    ['sip:a@h;transport=TCP', 'tcp', 'h', 5060],
    ['sip:a@h;transport=tls', 'tls', 'h', 5061],
    ['sips:a@h', 'tls', 'h', 5061],
    ['sips:a@h:7000;transport=tcp', 'tls', 'h', 7000],
    ['sip:a@h;transport=ws', 'ws', 'h', 80],
    ['sips:a@h;transport=ws', 'wss', 'h', 443],
    ['sip:a@h;maddr=[2001:db8::1]', 'udp', '2001:db8::1', 5060],
  ] as const) {
    it(`of ${uri}`, () => assert.deepEqual(nextHop(parseSipUri(uri)), { transport, host, port }));
  }

  it('are none for a transport we do not have', () => {
    assert.equal(nextHop(parseSipUri('sip:a@h;transport=sctp')), null);
    assert.equal(nextHop(parseSipUri('sips:a@h;transport=udp')), null);
  });
});

describe('Via of a received request', () => {
  const from = { address: '198.51.100.4', port: 5062 };

  it('is stamped with what its sender cannot know, and answered there', () => {
    const plain = stampVia(parseVia('SIP/2.0/UDP pc.example.com:5099;branch=z9hG4bK1'), from);
    assert.equal(printVia(plain), 'SIP/2.0/UDP pc.example.com:5099;branch=z9hG4bK1;received=198.51.100.4');
    assert.deepEqual(responseTarget(plain, flowOf('udp')), { address: '198.51.100.4', port: 5099 });
    const symmetric = stampVia(parseVia('SIP/2.0/UDP 198.51.100.4;rport;branch=z9hG4bK1'), from);
    assert.equal(symmetric.params.get('rport'), '5062');
    assert.equal(symmetric.params.has('received'), false);
    assert.deepEqual(responseTarget(symmetric, flowOf('udp')), from);
    assert.deepEqual(responseTarget(symmetric, flowOf('tls')), { address: '198.51.100.4', port: 5061 });
  });

  it('does not send responses where maddr says', () => {
    const aimed = stampVia(parseVia('SIP/2.0/UDP 198.51.100.4:5062;maddr=203.0.113.9;branch=z9hG4bK1'), from);
    assert.equal(responseTarget(aimed, flowOf('udp')).address, '198.51.100.4');
  });

  it('of ours asks for rport on UDP only', () => {
    assert.equal(ownVia(flowOf('udp'), 'b'), 'SIP/2.0/UDP 192.0.2.1:5060;rport;branch=b');
    assert.equal(ownVia(flowOf('tcp'), 'b'), 'SIP/2.0/TCP 192.0.2.1:5060;branch=b');
  });
});

describe('header names', () => {
  it('are found in any case and compact form and printed canonically', () => {
    assert.equal(headerKey('X'), 'session-expires');
    assert.equal(headerKey('CALL-id'), 'call-id');
    for (const [given, printed] of [
      ['i', 'Call-ID'],
      ['cseq', 'CSeq'],
      ['my-header', 'My-Header'],
      ['x-other', 'x-other'],
      ['p-asserted-identity', 'P-Asserted-Identity'],
      ['www-authenticate', 'WWW-Authenticate'],
    ] as const) {
      assert.equal(canonicalName(given), printed);
    }
  });
});

describe('contact cache', () => {
  it('finds the connection of a registered contact until it expires, leaves or is removed', () => {
    const clock = new ManualClock();
    const cache = new ContactCache(clock);
    const flow = flowOf('wss');
    cache.learn('<sip:a@x.invalid;transport=ws>;expires=60, <sip:b@x.invalid>', flow, 600);
    assert.equal(cache.find('sip:a@x.invalid;transport=ws'), flow);
    clock.advance(60_000);
    assert.equal(cache.find('sip:a@x.invalid'), null);
    assert.equal(cache.find('sip:b@X.invalid'), flow);
    cache.learn('<sip:b@x.invalid>', flow, 0);
    assert.equal(cache.find('sip:b@x.invalid'), null);
    cache.learn('<sip:c@x.invalid>', flow, 600);
    flow.end();
    assert.equal(cache.find('sip:c@x.invalid'), null);
    cache.learn('nonsense <', flow, 600);
    cache.learn('<sip:u@h>', flowOf('udp'), 600);
    assert.equal(cache.find('sip:u@h'), null);
    assert.equal(clock.pending, 0);
  });

  it('takes only what a device says of itself, as long as the answer says', () => {
    const clock = new ManualClock();
    const cache = new ContactCache(clock);
    const [mine, theirs] = [flowOf('tcp'), flowOf('tls')];
    const told = '<sip:a@10.0.0.1>;expires=60, <sip:other@10.0.0.2>;expires=600';
    cache.learn('<sip:other@10.0.0.2>', theirs, 600);
    cache.learn('<sip:a@10.0.0.1>;expires=3600', mine, 600, told);
    assert.equal(cache.find('sip:a@10.0.0.1'), mine);
    assert.equal(cache.find('sip:other@10.0.0.2'), theirs);
    clock.advance(60_000);
    assert.equal(cache.find('sip:a@10.0.0.1'), null);
    cache.learn('<sip:other@10.0.0.2>;expires=0', theirs, 600, '<sip:a@10.0.0.1>');
    assert.equal(cache.find('sip:other@10.0.0.2'), null, 'what the answer does not list is gone');
    cache.learn('*', theirs, 0);
    assert.equal(clock.pending, 0);
  });

  it('keeps devices apart that say the same of themselves behind different routers', () => {
    const clock = new ManualClock();
    const cache = new ContactCache(clock);
    const [one, two] = [flowOf('tcp', '198.51.100.4', 4001), flowOf('tcp', '198.51.100.4', 4002)];
    for (const flow of [one, two, one, two]) cache.learn('<sip:a@192.168.1.2>', flow, 600);
    assert.equal(cache.find('sip:a@192.168.1.2'), two);
    assert.equal(cache.find('sip:a@192.168.1.2', { transport: 'tcp', host: one.remote.address, port: 4001 }), one);
    assert.equal(cache.find('sip:a@192.168.1.2', { transport: 'tcp', host: '192.0.2.1', port: 1 }), null);
    two.end();
    assert.equal(cache.find('sip:a@192.168.1.2'), one);
    cache.dispose();
    assert.equal(clock.pending, 0);
  });

  it('finds the WebSocket of a browser by its far end, also behind a proxy that ends its TLS', () => {
    const cache = new ContactCache(new ManualClock());
    const [mine, somebodys] = [flowOf('ws', '198.51.100.4', 4001), flowOf('ws', '198.51.100.9', 4002)];
    for (const flow of [mine, somebodys]) cache.learn('<sip:a@x.invalid;transport=ws>', flow, 600);
    const far = { host: '198.51.100.4', port: 4001 };
    assert.equal(cache.find('sip:a@x.invalid;transport=ws', { transport: 'wss', ...far }), mine);
    assert.equal(cache.find('sip:a@x.invalid;transport=ws', { transport: 'tcp', ...far }), null);
    mine.end();
    assert.equal(cache.find('sip:a@x.invalid;transport=ws', { transport: 'wss', ...far }), null);
    cache.dispose();
  });
});

describe('address told to a peer', () => {
  const addresses = [
    { address: '127.0.0.1', netmask: '255.0.0.0', internal: true },
    { address: '10.0.0.5', netmask: '255.255.255.0', internal: false },
    { address: '192.168.1.5', netmask: '255.255.255.0', internal: false },
    { address: 'fe80::1', netmask: 'ffff:ffff:ffff:ffff::', internal: false },
    { address: '2001:db8::5', netmask: 'ffff:ffff:ffff:ffff::', internal: false },
  ];

  it('is that of its own network, else the first that leaves the machine', () => {
    assert.equal(addressFor('192.168.1.77', addresses), '192.168.1.5');
    assert.equal(addressFor('203.0.113.1', addresses), '10.0.0.5');
    assert.equal(addressFor('127.0.0.9', addresses), '127.0.0.1');
    assert.equal(addressFor('2001:db8:1::9', addresses), '2001:db8::5');
    assert.equal(addressFor('::1', addresses), '::1');
    assert.equal(addressFor('example.com', []), '127.0.0.1');
  });
});
