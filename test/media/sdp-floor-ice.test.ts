import assert from 'node:assert/strict';
import { isBrowser, protectionOf } from '../../src/media/keying.js';
import { restoreApplications, withoutApplications } from '../../src/media/sdp-applications.js';
import { type Locals, type NegotiatedFloor, SdpSession } from '../../src/media/sdp-session.js';
import { parseSdp } from '../../src/protocol/sdp/parse.js';
import { fixtureLocals } from './support/fixtures.js';

const print = `sha-256 ${Array.from({ length: 32 }, () => 'B1').join(':')}`;
const peer = '192.0.2.9';
const ice = ['ice-ufrag:peer', 'ice-pwd:peer+password+of/22+octets'];
const host = `candidate:1 1 UDP 2130706431 ${peer} 5000 typ host`;
const ours = {
  current: { ufrag: 'ours', pwd: 'our+password+of+22+octets' },
  next: { ufrag: 'next', pwd: 'next+password+of+22+octet' },
};

interface Said {
  session?: string[];
  proto?: string;
  port?: number;
  floor?: string[];
}
function offerOf({ session = [], proto = 'UDP/TLS/BFCP', port = 5000, floor = [...ice, host] }: Said = {}): string {
  return [
    'v=0',
    `o=- 1 1 IN IP4 ${peer}`,
    's=-',
    `c=IN IP4 ${peer}`,
    't=0 0',
    ...session.map((line) => `a=${line}`),
    'm=audio 4000 RTP/AVP 8',
    `m=application ${port} ${proto} *`,
    ...['floorctrl:c-only', `fingerprint:${print}`, 'setup:actpass', 'tls-id:peer-1', ...floor].map(
      (line) => `a=${line}`,
    ),
    '',
  ].join('\r\n');
}
const localsOf = (transport: 'UDP' | 'DTLS' | 'TCP-DTLS' | 'TLS' | 'TCP' = 'DTLS'): Locals => {
  const locals = fixtureLocals(transport);
  return { ...locals, floor: locals.floor && { ...locals.floor, ice: ours } };
};
const session = (): SdpSession => new SdpSession({ sessionId: '7' });
function answer(offer: string, s = session()): { floor: NegotiatedFloor | null; said: string[] } {
  const { floor } = s.peek(offer);
  const done = s.answer(offer, localsOf(floor?.transport as 'DTLS'));
  const [, , line = ''] = done.sdp.split(/(?=^m=)/m);
  return { floor: done.floor, said: line.split('\r\n').filter((one) => /^a=(ice|cand)/.test(one)) };
}

describe('ICE on floor lines (RFC 8856 §9, RFC 8839)', () => {
  it('is answered on UDP/TLS/BFCP as a full agent with one host candidate', () => {
    const { floor, said } = answer(offerOf());
    assert.deepEqual(said, [
      'a=ice-ufrag:ours',
      'a=ice-pwd:our+password+of+22+octets',
      'a=ice-options:ice2',
      'a=candidate:1 1 UDP 2130706431 198.51.100.7 20006 typ host',
    ]);
    const candidate = { transport: 'udp', address: peer, port: 5000, priority: 2130706431, tcpType: null };
    assert.deepEqual(floor?.ice?.candidates, [candidate]);
    assert.deepEqual(
      [floor?.ice?.ours, floor?.ice?.theirs.ufrag, floor?.ice?.controlling],
      [ours.current, 'peer', false],
    );
  });

  it('is answered on TCP/DTLS/BFCP with a candidate that listens', () => {
    const tcp = [
      `candidate:1 1 TCP 2128609279 ${peer} 9 typ host tcptype active`,
      `candidate:2 1 TCP 2124414975 ${peer} 5000 typ host tcptype passive`,
      host,
    ];
    const { floor, said } = answer(offerOf({ proto: 'TCP/DTLS/BFCP', floor: [...ice, ...tcp, 'connection:new'] }));
    assert.equal(said.at(-1), 'a=candidate:1 1 TCP 2124414975 198.51.100.7 20006 typ host tcptype passive');
    const kinds = floor?.ice?.candidates.map(({ tcpType, port }) => `${tcpType} ${port}`);
    assert.deepEqual(kinds, ['active 9', 'passive 5000']);
  });

  for (const proto of ['UDP/BFCP', 'TCP/BFCP', 'TCP/TLS/BFCP']) {
    it(`means nothing on ${proto}`, () => {
      const { floor, said } = answer(offerOf({ proto }));
      assert.ok(floor && !floor.ice);
      assert.deepEqual(said, []);
    });
  }

  it('never says lite, and controls where the peer is', () => {
    const { floor, said } = answer(offerOf({ session: ['ice-lite'] }));
    assert.equal(floor?.ice?.controlling, true);
    assert.ok(!said.includes('a=ice-lite'));
  });

  it('takes the credentials of the session where the line has none', () => {
    assert.equal(answer(offerOf({ session: ice, floor: [host] })).floor?.ice?.theirs.ufrag, 'peer');
  });

  it('is left out where somebody on the way has changed the address, and says so', () => {
    for (const said of [{ port: 6000 }, { floor: [...ice, host.replace(peer, '192.0.2.10')] }]) {
      const { floor, said: lines } = answer(offerOf(said));
      assert.equal(floor?.ice, undefined);
      assert.deepEqual(lines, ['a=ice-mismatch']);
      assert.deepEqual(floor?.remote, { address: peer, port: said.port ?? 5000 });
    }
    const trickled = answer(offerOf({ port: 9, floor: ice })).floor;
    assert.deepEqual(trickled?.ice?.candidates, [], 'addresses that come later');
  });

  it('is not there without usable credentials', () => {
    const [ufrag = '', pwd = ''] = ice;
    for (const bad of [
      [ufrag],
      [pwd],
      ['ice-ufrag:abc', pwd],
      [ufrag, 'ice-pwd:short'],
      ['ice-ufrag:ab:cd', pwd],
      [ufrag, `ice-pwd:${'x'.repeat(257)}`],
    ]) {
      assert.equal(answer(offerOf({ floor: [...bad, host] })).floor?.ice, undefined, bad.join());
    }
  });

  it('counts ten candidates at most, of those that name an address for the only component', () => {
    const bad = [
      'candidate:1 2 UDP 1 192.0.2.1 5000 typ host',
      'candidate:1 1 UDP 1 ab.local 5000 typ host',
      'candidate:1 1 UDP 1 239.0.0.1 5000 typ host',
      'candidate:1 1 UDP 1 255.255.255.255 5000 typ host',
      'candidate:1 1 UDP 1 0.0.0.0 5000 typ host',
      'candidate:1 1 UDP 0 192.0.2.1 5000 typ host',
      'candidate:1 1 UDP 1 192.0.2.1 0 typ host',
      'candidate:1 1 UDP 1 192.0.2.1 70000 typ host',
      'candidate:1 1 TCP 1 192.0.2.1 5000 typ host',
      'candidate:1 1 SCTP 1 192.0.2.1 5000 typ host',
    ];
    const many = Array.from(
      { length: 30 },
      (_, at) => `candidate:${at} 1 udp ${at + 1} 192.0.2.${at + 1} 5000 typ srflx raddr 10.0.0.1 rport 1`,
    );
    const { floor } = answer(offerOf({ floor: [...ice, ...bad, host, ...many] }));
    assert.equal(floor?.ice?.candidates.length, 10);
    assert.ok(floor.ice.candidates.every(({ transport }) => transport === 'udp'));
    const six = 'candidate:1 1 UDP 1 2001:0DB8:0:0::1 5000 typ host';
    assert.equal(answer(offerOf({ floor: [...ice, host, six] })).floor?.ice?.candidates[1]?.address, '2001:db8::1');
  });

  it('goes on with the same credentials, and with others where the peer restarts it, the association kept', () => {
    const s = session();
    const first = answer(offerOf(), s);
    const again = answer(offerOf(), s);
    assert.deepEqual([again.said, again.floor?.isNew], [first.said, false]);
    const restart = offerOf({
      port: 5002,
      floor: [...ice.map((line) => line.replaceAll('peer', 'anew')), host.replace('5000', '5002')],
    });
    const restarted = answer(restart, s);
    assert.deepEqual([restarted.floor?.ice?.ours, restarted.floor?.isNew], [ours.next, false]);
    assert.equal(restarted.said[0], 'a=ice-ufrag:next');
    const gone = answer(offerOf({ floor: [] }), s).floor;
    assert.equal(gone?.ice, undefined);
  });

  it('is in our later offers of a call that has it, and in no first one', () => {
    const s = session();
    assert.doesNotMatch(s.offer(localsOf()), /a=ice-/);
    s.rollback();
    answer(offerOf(), s);
    const sdp = s.offer(localsOf());
    assert.match(sdp, /a=ice-ufrag:ours\r\n/);
    assert.equal(s.accept(offerOf()).floor?.ice?.theirs.ufrag, 'peer');
  });

  it('does not make a browser of a device, nor plain media pass for encrypted', () => {
    const offer = offerOf();
    assert.equal(isBrowser(offer), false);
    assert.equal(isBrowser(offerOf({ session: [...ice, `fingerprint:${print}`] })), false);
    assert.equal(protectionOf(offer), 'none');
    const web = offer.replace('RTP/AVP 8', `UDP/TLS/RTP/SAVPF 8\r\na=fingerprint:${print}\r\na=${ice[0]}`);
    assert.equal(isBrowser(web), true);
  });

  it('outlives the media anchor, which sees nothing of it', () => {
    const offer = offerOf({ session: [...ice, 'ice-lite'], floor: [host] });
    const { sdp, taken } = withoutApplications(offer);
    assert.doesNotMatch(sdp, /candidate/);
    const back = parseSdp(restoreApplications(sdp.replace(/a=ice.*\r\n/g, ''), taken));
    assert.deepEqual([back.media[1]?.ice?.ufrag, back.media[1]?.ice?.lite], ['peer', true]);
  });
});
