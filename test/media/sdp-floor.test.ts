import assert from 'node:assert/strict';
import type { MediaOffer } from '../../src/media/negotiate.js';
import { type Locals, type Negotiated, type NegotiatedFloor, SdpSession } from '../../src/media/sdp-session.js';
import { floorProto } from '../../src/protocol/sdp/floor-rules.js';
import { fixtureLocals } from './support/fixtures.js';

const PRINT = `sha-256 ${Array.from({ length: 32 }, () => 'B1').join(':')}`;
const PEER = '192.0.2.9';

const session = (): SdpSession => new SdpSession({ sessionId: '7' });
const audio = ['m=audio 4000 RTP/AVP 8'];
const video = (port: number, ...attributes: string[]): string[] => [
  `m=video ${port} RTP/AVP 97`,
  'a=rtpmap:97 H264/90000',
  'a=fmtp:97 profile-level-id=42e01f;packetization-mode=1',
  ...attributes.map((one) => `a=${one}`),
];
const bfcp = (proto: string, ...attributes: string[]): string[] => [
  `m=application 5000 ${proto} *`,
  ...attributes.map((one) => `a=${one}`),
];
const main = video(4002, 'content:main', 'label:11');
const slides = video(4004, 'content:slides', 'label:12');
const sdp = (...sections: string[][]): string =>
  ['v=0', `o=- 1 1 IN IP4 ${PEER}`, 's=-', `c=IN IP4 ${PEER}`, 't=0 0', ...sections.flat(), ''].join('\r\n');
/** The offer with this floor section, slides behind it. */
const offerOf = (...floor: string[]): string => sdp(audio, main, floor, slides);
const sectionsOf = (text: string): string[][] =>
  text
    .split(/\r\n(?=m=)/)
    .slice(1)
    .map((section) => section.split('\r\n').filter((line) => line !== ''));
const has = (lines: readonly string[] | undefined, start: string): string[] =>
  (lines ?? []).filter((line) => line.startsWith(`a=${start}`)).map((line) => line.slice(2));

interface Answered {
  floor: NegotiatedFloor | null;
  lines: string[];
  all: Negotiated;
}
function answer(offer: string, own: Partial<Locals> = {}, s = session()): Answered {
  const asked: MediaOffer = s.peek(offer);
  const all = s.answer(offer, { ...fixtureLocals(asked.floor?.transport), ...own });
  const index = sectionsOf(offer).findIndex(([head]) => /\/BFCP \*$/i.test(head ?? '') && !/ 0 /.test(head ?? ''));
  return { floor: all.floor, lines: sectionsOf(all.sdp)[index] ?? [], all };
}

describe('BFCP m-lines (RFC 8856 §4)', () => {
  const keyed = [`fingerprint:${PRINT}`, 'setup:actpass', 'connection:new', 'tls-id:peer-1'];
  for (const [proto, head, version, more] of [
    ['UDP/BFCP', 'm=application 20006 UDP/BFCP *', '2', []],
    ['TCP/BFCP', 'm=application 20006 TCP/BFCP *', '1', ['setup', 'connection']],
    ['TCP/TLS/BFCP', 'm=application 20006 TCP/TLS/BFCP *', '1', ['setup', 'connection', 'fingerprint']],
    ['UDP/TLS/BFCP', 'm=application 20006 UDP/TLS/BFCP *', '2', ['setup', 'fingerprint', 'tls-id']],
    ['TCP/DTLS/BFCP', 'm=application 20006 TCP/DTLS/BFCP *', '1', ['setup', 'connection', 'fingerprint', 'tls-id']],
    ['TCP/WS/BFCP', 'm=application 20006 TCP/WS/BFCP *', '1', ['setup', 'connection', 'websocket-uri']],
    ['TCP/WSS/BFCP', 'm=application 20006 TCP/WSS/BFCP *', '1', ['setup', 'connection', 'websocket-uri']],
    ['udp/bfcp', 'm=application 20006 udp/bfcp *', '2', []],
  ] as const) {
    it(`${proto} is answered "${head}"`, () => {
      const { lines } = answer(offerOf(...bfcp(proto, 'floorctrl:c-only', ...keyed)));
      assert.equal(lines[0], head);
      assert.deepEqual(has(lines, 'bfcpver'), [`bfcpver:${version}`]);
      for (const name of more) assert.equal(has(lines, `${name}:`).length, 1, name);
      for (const name of ['tls-id', 'fingerprint', 'websocket-uri']) {
        if (!(more as readonly string[]).includes(name)) assert.deepEqual(has(lines, name), [], name);
      }
      assert.deepEqual(
        [has(lines, 'crypto'), has(lines, 'ice-'), has(lines, 'candidate'), has(lines, 'mid')],
        [[], [], [], []],
      );
    });
  }

  it('whatever the formats are, the line is one of BFCP', () =>
    assert.equal(answer(offerOf('m=application 5000 UDP/BFCP 97 98', 'a=floorctrl:c-only')).floor?.weAre, 'server'));
  it('UDP has the real port whatever setup says, and an answer to it', () => {
    for (const [theirs, ours] of [
      ['active', 'passive'],
      ['passive', 'active'],
      ['actpass', 'passive'],
    ]) {
      const { lines, floor } = answer(offerOf(...bfcp('UDP/BFCP', `setup:${theirs}`, 'connection:new')));
      assert.equal(lines[0], 'm=application 20006 UDP/BFCP *');
      assert.deepEqual([has(lines, 'setup'), has(lines, 'connection')], [[`setup:${ours}`], ['connection:new']]);
      assert.deepEqual([floor?.remote, floor?.setup], [{ address: PEER, port: 5000 }, 'none']);
    }
    const silent = answer(offerOf(...bfcp('UDP/BFCP'))).lines;
    assert.deepEqual([has(silent, 'setup'), has(silent, 'connection')], [[], []]);
  });
  it('port 9 is nowhere: on UDP the peer has to come, passive over TCP is refused, active over TCP is as it should be', () => {
    const at9 = (proto: string, setup: string): Answered =>
      answer(offerOf(`m=application 9 ${proto} *`, 'a=floorctrl:c-only', `a=setup:${setup}`));
    assert.equal(at9('UDP/BFCP', 'actpass').floor?.remote, null);
    assert.equal(at9('TCP/BFCP', 'active').floor?.setup, 'passive');
    const { floor, all } = at9('TCP/BFCP', 'passive');
    assert.equal(floor, null);
    assert.equal(sectionsOf(all.sdp)[2]?.[0], 'm=application 0 TCP/BFCP *');
  });
  it('without a fingerprint that can be used an encrypted line is refused', () => {
    for (const print of [[], ['fingerprint:md5 AB:CD'], [`fingerprint:md5 ${PRINT.slice(8, 55)}`]]) {
      assert.equal(answer(offerOf(...bfcp('TCP/TLS/BFCP', 'floorctrl:c-only', ...print))).floor, null);
    }
  });
  it('the fingerprint of the line stands before that of the session, which counts too', () => {
    const session = sdp(audio, main, bfcp('TCP/TLS/BFCP'), slides).replace('t=0 0', `t=0 0\r\na=fingerprint:${PRINT}`);
    const digest = (offer: string): unknown => answer(offer).floor?.tls?.fingerprints;
    assert.deepEqual(digest(session), [{ hash: 'sha-256', digest: PRINT.slice(8) }]);
    const own = PRINT.replaceAll('B1', 'c2');
    const both = session.replace('TCP/TLS/BFCP *', `TCP/TLS/BFCP *\r\na=fingerprint:${own}`);
    assert.deepEqual(digest(both), [{ hash: 'sha-256', digest: own.slice(8).toUpperCase() }]);
  });
  it('two BFCP lines: the secure one, else UDP; the other is refused in its place', () => {
    const two = (a: string[], b: string[]): string[] => {
      const offer = sdp(audio, a, b);
      const s = session();
      return sectionsOf(s.answer(offer, fixtureLocals(s.peek(offer).floor?.transport)).sdp).map(([head]) => head ?? '');
    };
    const [udp, tcp, tls] = [
      bfcp('UDP/BFCP'),
      bfcp('TCP/BFCP', 'setup:actpass'),
      bfcp('TCP/TLS/BFCP', 'setup:actpass', `fingerprint:${PRINT}`),
    ];
    assert.deepEqual(two(tcp, udp).slice(1), ['m=application 0 TCP/BFCP *', 'm=application 20006 UDP/BFCP *']);
    assert.deepEqual(two(udp, tls).slice(1), ['m=application 0 UDP/BFCP *', 'm=application 20006 TCP/TLS/BFCP *']);
  });
});

describe('who does what on TCP, TLS and DTLS: four things apart (RFC 8856 §8, RFC 8842 §5)', () => {
  for (const [transport, setup, part, tlsServer] of [
    ['TCP', 'active', 'passive', undefined],
    ['TCP', 'passive', 'active', undefined],
    ['TLS', 'active', 'passive', true],
    ['TLS', 'passive', 'active', true],
    ['TLS', 'actpass', 'passive', true],
    ['DTLS', 'active', 'none', true],
    ['DTLS', 'passive', 'none', false],
    ['DTLS', 'actpass', 'none', true],
    ['DTLS', 'holdconn', 'none', true],
    ['TCP-DTLS', 'active', 'passive', true],
    ['TCP-DTLS', 'passive', 'active', false],
    ['TCP-DTLS', 'actpass', 'passive', true],
  ] as const) {
    it(`${transport}, offered ${setup}: TCP ${part}, TLS server ${tlsServer}, floor server in any case`, () => {
      const floor = bfcp(floorProto(transport), 'floorctrl:c-only', `setup:${setup}`, `fingerprint:${PRINT}`);
      const { floor: agreed } = answer(offerOf(...floor));
      assert.deepEqual([agreed?.setup, agreed?.tls?.server, agreed?.weAre], [part, tlsServer, 'server']);
    });
  }
  for (const [transport, setup, part, tlsServer] of [
    ['TLS', 'active', 'passive', false],
    ['TLS', 'passive', 'active', false],
    ['DTLS', 'active', 'none', true],
    ['DTLS', 'passive', 'none', false],
    ['DTLS', 'actpass', 'none', true],
    ['TCP-DTLS', 'active', 'passive', true],
    ['TCP-DTLS', 'passive', 'active', false],
  ] as const) {
    it(`our offer over ${transport}, answered ${setup}: TCP ${part}, TLS server ${tlsServer}`, () => {
      const s = session();
      s.offer(fixtureLocals(transport));
      const floor = bfcp(floorProto(transport), 'floorctrl:c-only', `setup:${setup}`, `fingerprint:${PRINT}`);
      const agreed = s.accept(sdp(audio, main, floor, slides)).floor;
      assert.deepEqual([agreed?.setup, agreed?.tls?.server, agreed?.weAre], [part, tlsServer, 'server']);
    });
  }
  it('a TLS session goes on with its connection, and its roles with it', () => {
    const s = session();
    const offer = offerOf(
      ...bfcp('TCP/TLS/BFCP', 'floorctrl:c-s', 'setup:active', `fingerprint:${PRINT}`, 'connection:new'),
    );
    answer(offer, {}, s);
    const ours = s.offer(fixtureLocals('TLS'));
    assert.match(ours, /a=connection:existing/);
    const kept = s.accept(offer.replace('connection:new', 'connection:existing').replace('c-s', 'c-only')).floor;
    assert.deepEqual([kept?.isNew, kept?.tls?.server], [false, true]);
  });
  it('another tls-id or certificate is another DTLS association, a repeated one is not', () => {
    const s = session();
    const offer = offerOf(...bfcp('UDP/TLS/BFCP', 'setup:actpass', `fingerprint:${PRINT}`, 'tls-id:one'));
    assert.equal(answer(offer, {}, s).floor?.isNew, true);
    assert.equal(answer(offer.replace('o=- 1 1', 'o=- 1 2'), {}, s).floor?.isNew, false);
    assert.equal(answer(offer.replace('tls-id:one', 'tls-id:two'), {}, s).floor?.isNew, true);
    assert.equal(answer(offer.replaceAll('B1', 'B2').replace('tls-id:one', 'tls-id:two'), {}, s).floor?.isNew, true);
  });
  it('the draft name of tls-id is passed over', () =>
    assert.equal(
      answer(offerOf(...bfcp('UDP/TLS/BFCP', `fingerprint:${PRINT}`, 'dtls-id:abc'))).floor?.tls?.tlsId,
      null,
    ));
  it('without ICE of its own the address of the line counts (RFC 8856 §9)', () => {
    const ice = ['ice-ufrag:abcd', 'ice-pwd:0123456789012345678901', 'candidate:1 1 udp 1 203.0.113.5 6000 typ host'];
    for (const proto of ['UDP/BFCP', 'UDP/TLS/BFCP']) {
      const { floor, all } = answer(offerOf(...bfcp(proto, `fingerprint:${PRINT}`, ...ice)));
      assert.deepEqual(floor?.remote, { address: PEER, port: 5000 });
      assert.doesNotMatch(all.sdp, /ice-(?!mismatch)|candidate/);
    }
  });
});

describe('floor control over WebSockets (RFC 8857)', () => {
  const client = ['floorctrl:c-only', 'connection:new'];
  const wss = (...more: string[]): string[] => {
    const [, ...rest] = bfcp('TCP/WSS/BFCP', ...client, ...more);
    return ['m=application 9 TCP/WSS/BFCP *', ...rest];
  };
  for (const [setup, head] of [
    ['active', 'm=application 20006 TCP/WSS/BFCP *'],
    ['actpass', 'm=application 20006 TCP/WSS/BFCP *'],
    [null, 'm=application 20006 TCP/WSS/BFCP *'],
    ['passive', 'm=application 0 TCP/WSS/BFCP *'],
    ['holdconn', 'm=application 0 TCP/WSS/BFCP *'],
  ] as const) {
    it(`offered ${setup}: "${head}", and never active`, () => {
      const { floor, lines } = answer(offerOf(...wss(...(setup ? [`setup:${setup}`] : []))));
      assert.equal(lines[0], head);
      if (head.includes(' 0 ')) return assert.equal(floor, null);
      assert.deepEqual(has(lines, 'setup'), ['setup:passive']);
      assert.deepEqual(has(lines, 'websocket-uri'), ['websocket-uri:wss://gw.example.org:20006/bfcp?token=t1']);
      assert.deepEqual([floor?.setup, floor?.remote, floor?.tls, floor?.bfcpVersion], ['passive', null, undefined, 1]);
    });
  }
  it('whose server is the peer is answered active, where we may go there', () => {
    const uri = 'wss://mcu.example.org/bfcp?token=2';
    const mine = fixtureLocals('WSS');
    const { websocketUri: _none, ...bare } = { websocketUri: null, ...mine.floor };
    const dialling = { floor: { ...(bare as NonNullable<Locals['floor']>), port: 9, dials: true } };
    for (const name of ['websocket-uri', 'wss-uri', 'ws-uri']) {
      const server = ['floorctrl:s-only', 'confid:7', 'userid:8', 'setup:passive', 'connection:new', `${name}:${uri}`];
      const { floor, lines } = answer(offerOf(...bfcp('TCP/WSS/BFCP', ...server, `fingerprint:${PRINT}`)), dialling);
      assert.equal(lines[0], 'm=application 9 TCP/WSS/BFCP *');
      assert.deepEqual([has(lines, 'setup'), has(lines, 'floorctrl')], [['setup:active'], ['floorctrl:c-only']]);
      assert.deepEqual(has(lines, 'websocket-uri'), []);
      const told = [
        floor?.webServer?.uri,
        floor?.webServer?.fingerprints.length,
        floor?.setup,
        floor?.weAre,
        floor?.userId,
      ];
      assert.deepEqual(told, [uri, 1, 'active', 'client', 8]);
    }
    for (const bad of [[], [`websocket-uri:${uri}${'x'.repeat(512)}`]]) {
      assert.equal(answer(offerOf(...bfcp('TCP/WSS/BFCP', 'setup:passive', ...bad)), dialling).floor, null);
    }
    assert.equal(answer(offerOf(...bfcp('TCP/WSS/BFCP', 'setup:active')), dialling).floor, null, 'and does not listen');
  });
  it('any other line of floor control is taken before it', () => {
    const heads = (...floors: string[][]): string[] => {
      const offer = sdp(audio, main, ...floors);
      const s = session();
      return sectionsOf(s.answer(offer, fixtureLocals(s.peek(offer).floor?.transport)).sdp).flatMap(([head]) =>
        head?.includes('BFCP') ? head : [],
      );
    };
    const web = wss('setup:active');
    const plain = web.map((line) => line.replace('WSS', 'WS'));
    assert.deepEqual(heads(web, bfcp('UDP/BFCP')), [
      'm=application 0 TCP/WSS/BFCP *',
      'm=application 20006 UDP/BFCP *',
    ]);
    assert.deepEqual(heads(plain, web), ['m=application 0 TCP/WS/BFCP *', 'm=application 20006 TCP/WSS/BFCP *']);
  });
  it('our re-offer keeps the connection and its place, renewed or not', () => {
    const s = session();
    const offer = offerOf(...wss('setup:active'));
    const { lines } = answer(offer, {}, s);
    const locals = fixtureLocals('WSS');
    for (const renew of [false, true]) {
      const [, , ours] = sectionsOf(s.offer({ ...locals, floor: locals.floor && { ...locals.floor, renew } }));
      assert.equal(ours?.[0], lines[0]);
      for (const name of ['setup', 'websocket-uri', 'confid']) assert.deepEqual(has(ours, name), has(lines, name));
      assert.deepEqual(has(ours, 'connection'), [`connection:${renew ? 'new' : 'existing'}`]);
      const agreed = s.accept(offer.replace('connection:new', renew ? 'connection:new' : 'connection:existing')).floor;
      assert.deepEqual([agreed?.isNew, agreed?.setup, agreed?.weAre], [renew, 'passive', 'server']);
    }
  });
  it('a server of floor control that connects to us has us as its client', () => {
    const ids = ['confid:9', 'userid:8', 'floorid:7 mstrm:12'];
    const { floor, lines } = answer(
      offerOf(...wss('setup:active', ...ids).map((line) => line.replace('c-only', 's-only'))),
    );
    assert.deepEqual([floor?.weAre, floor?.confId, floor?.userId, floor?.floorId], ['client', 9, 8, 7]);
    assert.deepEqual([has(lines, 'floorctrl'), has(lines, 'confid')], [['floorctrl:c-only'], []]);
  });
});

describe('what offers and answers hold, by role (RFC 8856 §10)', () => {
  const names = (lines: readonly string[]): string[] =>
    lines.slice(1).flatMap((l) => /^a=([a-z-]+)/.exec(l)?.[1] ?? []);
  it('our offer: we serve', () => {
    const [, , floor, content] = sectionsOf(session().offer(fixtureLocals()));
    assert.deepEqual(names(floor ?? []), [
      'floorctrl',
      'confid',
      'userid',
      'floorid',
      'bfcpver',
      'setup',
      'connection',
    ]);
    assert.deepEqual(has(floor, 'floorctrl'), ['floorctrl:s-only']);
    assert.deepEqual(has(content, 'label'), ['label:12'], 'what floorid points at');
  });
  it('our offer as a client says nothing about ids', () => {
    const locals = fixtureLocals();
    const floor = locals.floor && { ...locals.floor, side: 'client' as const };
    const [, , ours] = sectionsOf(session().offer({ ...locals, floor }));
    assert.deepEqual(has(ours, 'floorctrl'), ['floorctrl:c-only']);
    assert.deepEqual(names(ours ?? []), ['floorctrl', 'bfcpver', 'setup', 'connection']);
  });
  for (const [answered, weAre] of [
    ['floorctrl:c-only', 'server'],
    ['floorctrl:s-only', 'client'],
    ['floorctrl:c-s', 'server'],
  ] as const) {
    it(`our offer that leaves the choice has both roles and ids; ${answered}: we are ${weAre}`, () => {
      const s = session();
      const locals = fixtureLocals();
      const offer = s.offer({ ...locals, floor: locals.floor && { ...locals.floor, side: 'either' } });
      const [, , ours] = sectionsOf(offer);
      assert.deepEqual(has(ours, 'floorctrl'), ['floorctrl:c-only s-only']);
      assert.deepEqual(has(ours, 'floorid'), ['floorid:1 mstrm:12']);
      const ids = ['confid:9', 'userid:8', 'floorid:7 mstrm:12'];
      const agreed = s.accept(sdp(audio, main, bfcp('UDP/BFCP', answered, ...ids), slides)).floor;
      assert.equal(agreed?.weAre, weAre);
      const numbers = [agreed.confId, agreed.userId, agreed.floorId];
      assert.deepEqual(numbers, weAre === 'client' ? [9, 8, 7] : [3405691582, 70, 1]);
      const again = sectionsOf(s.offer(locals))[2];
      assert.deepEqual(has(again, 'floorctrl'), [weAre === 'client' ? 'floorctrl:c-only' : 'floorctrl:s-only']);
    });
  }
  it('an answer as server: one role, ids of ours, version', () => {
    const { lines } = answer(
      offerOf(...bfcp('UDP/BFCP', 'floorctrl:c-s', 'confid:1', 'userid:18', 'floorid:2 mstrm:12')),
    );
    assert.deepEqual(lines.slice(2, 7), [
      'a=floorctrl:s-only',
      'a=confid:3405691582',
      'a=userid:70',
      'a=floorid:1 mstrm:12',
      'a=bfcpver:2',
    ]);
  });
  it('an answer as client: one role and no ids', () => {
    const { lines } = answer(
      offerOf(...bfcp('UDP/BFCP', 'floorctrl:s-only', 'confid:9', 'userid:8', 'floorid:7 mstrm:12')),
    );
    assert.deepEqual(
      [has(lines, 'floorctrl'), has(lines, 'confid'), has(lines, 'userid')],
      [['floorctrl:c-only'], [], []],
    );
  });
  it('ids count only when who states them serves', () => {
    const ids = ['confid:4294967295', 'userid:65535', 'floorid:0 mstrm:12'];
    const client = answer(offerOf(...bfcp('UDP/BFCP', 'floorctrl:s-only', ...ids))).floor;
    assert.deepEqual([client?.confId, client?.userId, client?.floorId], [4294967295, 65535, 0]);
    const server = answer(offerOf(...bfcp('UDP/BFCP', 'floorctrl:c-only s-only', ...ids))).floor;
    assert.deepEqual([server?.confId, server?.userId, server?.floorId], [3405691582, 70, 1]);
  });
  it('no common version is no floor control', () => {
    assert.equal(answer(offerOf(...bfcp('TCP/BFCP', 'bfcpver:2', 'setup:actpass'))).floor, null);
    assert.equal(answer(offerOf(...bfcp('UDP/BFCP', 'bfcpver:3'))).floor, null);
  });
});

describe('which floor and which stream belong together (RFC 8856 §5.4, RFC 4574)', () => {
  const floorOf = (lines: string[], content = slides): { floorId: number | undefined; content: number | undefined } => {
    const s = session();
    const offer = s.peek(
      sdp(audio, main, bfcp('UDP/BFCP', 'floorctrl:s-only', 'confid:1', 'userid:2', ...lines), content),
    );
    return { floorId: offer.floor?.floorId ?? undefined, content: offer.content?.index };
  };
  for (const [what, lines, content, expected] of [
    ['mstrm', ['floorid:2 mstrm:12'], slides, { floorId: 2, content: 3 }],
    ['m-stream', ['floorid:3 m-stream:12'], slides, { floorId: 3, content: 3 }],
    ['mstrm and a blank', ['floorid:4 mstrm 12'], slides, { floorId: 4, content: 3 }],
    ['leading zeros', ['floorid:2 mstrm:012'], slides, { floorId: 2, content: 3 }],
    ['several streams', ['floorid:2 mstrm:10 12'], slides, { floorId: 2, content: 3 }],
    ['a floor without a stream', ['floorid:5'], slides, { floorId: 5, content: 3 }],
    ['a label that is nowhere', ['floorid:1 mstrm:3'], slides, { floorId: 1, content: 3 }],
    ['no labels at all', ['floorid:1 mstrm:3'], video(4004), { floorId: 1, content: 3 }],
    [
      'several floors: that of the slides',
      ['floorid:1 mstrm:10', 'floorid:2 mstrm:12'],
      slides,
      { floorId: 2, content: 3 },
    ],
    ['no floorid', [], slides, { floorId: undefined, content: 3 }],
    ['no slides line', ['floorid:1 mstrm:3'], [], { floorId: 1, content: undefined }],
  ] as const) {
    it(what, () => assert.deepEqual(floorOf([...lines], [...content]), expected));
  }
  it('unknown application lines in between change no index', () => {
    const unknown = ['m=application 6000 UDP/UDT/IX *', 'a=ixmap:0 ping'];
    const sctp = ['m=application 9 UDP/DTLS/SCTP webrtc-datachannel'];
    const offer = sdp(
      unknown,
      audio,
      sctp,
      main,
      unknown,
      bfcp('UDP/BFCP', 'floorctrl:c-s', 'floorid:1 mstrm:12'),
      slides,
    );
    const { all } = answer(offer);
    assert.deepEqual(
      sectionsOf(all.sdp).map(([head]) => head?.split(' ').slice(0, 3).join(' ')),
      [
        'm=application 0 UDP/UDT/IX',
        'm=audio 20000 RTP/AVP',
        'm=application 0 UDP/DTLS/SCTP',
        'm=video 20002 RTP/AVP',
        'm=application 0 UDP/UDT/IX',
        'm=application 20006 UDP/BFCP',
        'm=video 20004 RTP/AVP',
      ],
    );
  });
  it('several lines may have the same port', () => {
    const same = offerOf(...bfcp('UDP/BFCP', 'floorctrl:s-only', 'confid:1', 'userid:2')).replace(
      / (40\d\d|5000) /g,
      ' 30002 ',
    );
    const { all, floor } = answer(same);
    const ports = Object.values(all.lines).map(({ remote }) => remote?.rtpPort);
    assert.deepEqual([ports, floor?.remote?.port], [[30002, 30002, 30002], 30002]);
  });
  it('places that a call manager keeps open are used when a line comes later, not new ones', () => {
    const s = session();
    const placeholders = ['m=video 0 RTP/AVP 31 34 96 97', 'a=content:slides', 'a=inactive'];
    const offer = sdp(audio, main, placeholders, ['m=application 0 UDP/BFCP *', 'c=IN IP4 0.0.0.0']);
    const first = answer(offer, {}, s);
    assert.deepEqual([first.floor, first.all.lines.content], [null, undefined]);
    const heads = sectionsOf(s.offer(fixtureLocals())).map(([head]) => head?.split(' ').slice(0, 3).join(' '));
    assert.deepEqual(heads.slice(1), [
      'm=video 20002 RTP/AVP',
      'm=video 20004 RTP/AVP',
      'm=application 20006 UDP/BFCP',
    ]);
  });
  it('a BUNDLE group never holds the floor line (RFC 8856 §6)', () => {
    const offer = offerOf(...bfcp('UDP/BFCP', 'floorctrl:c-only', 'mid:3')).replace(
      't=0 0',
      't=0 0\r\na=group:BUNDLE 1 3',
    );
    assert.doesNotMatch(answer(offer).all.sdp, /BUNDLE|a=mid:3/);
  });
});

describe('floor control in later exchanges (RFC 8856 §10.4)', () => {
  const tcp = offerOf(...bfcp('TCP/BFCP', 'floorctrl:c-s', 'setup:active', 'connection:new'));
  const udp = offerOf(...bfcp('UDP/BFCP', 'floorctrl:c-s', 'floorid:2 mstrm:12'));
  const later = (offer: string): string => offer.replace('o=- 1 1', 'o=- 1 2');

  it('our re-offer keeps ids, port and the connection', () => {
    const s = session();
    const { lines } = answer(tcp, {}, s);
    const [, , ours] = sectionsOf(s.offer(fixtureLocals('TCP')));
    assert.deepEqual(has(ours, 'connection'), ['connection:existing']);
    assert.equal(ours?.[0], lines[0]);
    for (const name of ['confid', 'userid', 'floorid']) assert.deepEqual(has(ours, name), has(lines, name));
  });
  it('ours renewed says connection:new', () => {
    const s = session();
    answer(tcp, {}, s);
    const locals = fixtureLocals('TCP');
    const [, , ours] = sectionsOf(s.offer({ ...locals, floor: locals.floor && { ...locals.floor, renew: true } }));
    assert.deepEqual(has(ours, 'connection'), ['connection:new']);
  });
  for (const [theirs, isNew] of [
    ['new', true],
    ['existing', false],
    [null, false],
  ] as const) {
    it(`the answer to our existing is ${theirs}: new channel ${isNew}`, () => {
      const s = session();
      answer(tcp, {}, s);
      s.offer(fixtureLocals('TCP'));
      const said = theirs === null ? '' : `a=connection:${theirs}\r\n`;
      assert.equal(s.accept(tcp.replace('c-s', 'c-only').replace('a=connection:new\r\n', said)).floor?.isNew, isNew);
    });
  }
  it('a role that the peer turns round stays ours as long as its offer allows', () => {
    const s = session();
    answer(udp, {}, s);
    assert.equal(answer(later(udp).replace('c-s', 'c-only'), {}, s).floor?.weAre, 'server');
    assert.equal(answer(later(udp).replace('c-s', 's-only'), {}, s).floor?.weAre, 'client');
  });
  it('a new address of the peer is a new channel, one of hold is none', () => {
    const s = session();
    const first = answer(udp, {}, s).floor;
    const moved = answer(later(udp).replace(`c=IN IP4 ${PEER}`, 'c=IN IP4 192.0.2.10'), {}, s).floor;
    assert.deepEqual([moved?.isNew, moved?.remote?.address, moved?.confId], [true, '192.0.2.10', first?.confId]);
    const held = answer(later(udp).replace(`c=IN IP4 ${PEER}`, 'c=IN IP4 0.0.0.0'), {}, s).floor;
    assert.deepEqual([held?.isNew, held?.remote?.address], [false, '192.0.2.10']);
  });
  it('UDP to TCP and back is a new channel each time, in the place of the old one', () => {
    const s = session();
    answer(udp, {}, s);
    for (const [offer, transport] of [
      [tcp, 'TCP'],
      [later(udp), 'UDP'],
    ] as const) {
      const { floor, lines } = answer(offer, {}, s);
      assert.deepEqual([floor?.transport, floor?.isNew], [transport, true]);
      assert.equal(lines[0], `m=application 20006 ${transport}/BFCP *`);
    }
  });
  it('direction attributes do not act on it', () => {
    const s = session();
    answer(udp, {}, s);
    const held = answer(later(udp).replace('a=floorid:2 mstrm:12', 'a=floorid:2 mstrm:12\r\na=inactive'), {}, s);
    assert.equal(held.floor?.isNew, false);
    assert.equal(has(held.lines, 'inactive').length, 0);
  });
  it('slides on port 0 leave floor control as it is', () => {
    const s = session();
    answer(udp, {}, s);
    const { floor, all } = answer(later(udp).replace('m=video 4004', 'm=video 0'), {}, s);
    assert.deepEqual([floor?.isNew, all.lines.content], [false, undefined]);
  });
});
