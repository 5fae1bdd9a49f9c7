import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { gatewayAbilities, passing, preferring } from '../../src/media/abilities.js';
import { NoCommonMedia } from '../../src/media/negotiate.js';
import { BadAnswer, type Locals, SdpSession } from '../../src/media/sdp-session.js';
import { MalformedSdp } from '../../src/protocol/sdp/errors.js';
import { fixtureLocals, fixtureOffer } from './support/fixtures.js';

const session = (): SdpSession => new SdpSession({ sessionId: '4611731400430051336', username: 'dualstream' });
const heads = (sdp: string): string[] => sdp.match(/^m=.*$/gm)?.map((line) => line.trim()) ?? [];
const version = (sdp: string): number => Number(/^o=\S+ \S+ (\d+)/m.exec(sdp)?.[1]);
const section = (sdp: string, index: number): string => sdp.split(/\r\n(?=m=)/)[index + 1] ?? '';
const next = (offer: string): string =>
  offer.replace(/^o=(\S+) (\S+) (\d+)/m, (_, u, i, v) => `o=${u} ${i} ${Number(v) + 1}`);
const golden = (name: string): string => readFileSync(new URL(`../golden/sdp/${name}.sdp`, import.meta.url), 'utf8');

describe('SdpSession answers', () => {
  it('peek changes nothing and tells what is wanted', () => {
    const s = session();
    const offer = s.peek(fixtureOffer('cisco-ce-room-udp'));
    assert.deepEqual(
      Object.keys(offer).filter((key) => ['audio', 'video', 'content', 'floor'].includes(key)),
      ['audio', 'video', 'content', 'floor'],
    );
    assert.equal(offer.floor?.weWouldBe, 'server');
    assert.equal(s.current, null);
    assert.equal(s.peek(fixtureOffer('polycom-group-sdes')).secure, 'sdes');
    const browser = fixtureOffer('chromium-rtpengine-content-attribute').replace(/RTP\/AVPF/g, 'UDP/TLS/RTP/SAVPF');
    assert.equal(s.peek(browser.replace(/a=mid/g, 'a=fingerprint:sha-256 AB:CD\r\na=mid')).secure, 'dtls');
    assert.match(s.peek(browser).audio?.unusable ?? '', /without keys/);
  });

  it('counts the version only when our text changes', () => {
    const s = session();
    const offer = fixtureOffer('cisco-ce-room-udp');
    const first = s.answer(offer, fixtureLocals()).sdp;
    assert.equal(version(first), 1);
    assert.equal(s.answer(offer, fixtureLocals()).sdp, first);
    assert.equal(s.answer(next(offer), fixtureLocals()).sdp, first, 'a refresh with a new version');
    const held = next(offer).replace(/a=sendrecv/g, 'a=sendonly');
    assert.equal(version(s.answer(held, fixtureLocals()).sdp), 2);
    assert.equal(version(s.answer(next(next(offer)), fixtureLocals()).sdp), 3);
  });

  it('hold and resume keep numbers, ports and floor', () => {
    const s = session();
    const offer = fixtureOffer('cisco-ce-room-udp');
    const first = s.answer(offer, fixtureLocals());
    for (const away of [offer.replace(/a=sendrecv/g, 'a=sendonly'), offer.replace(/a=sendrecv/g, 'a=inactive')]) {
      const held = s.answer(next(away), fixtureLocals());
      assert.equal(held.lines.audio?.held, true);
      assert.deepEqual(heads(held.sdp), heads(first.sdp));
      assert.equal(held.floor?.isNew, false);
      assert.deepEqual(held.floor?.confId, first.floor?.confId);
    }
    const nowhere = s.answer(offer.replace('c=IN IP4 192.168.1.155', 'c=IN IP4 0.0.0.0'), fixtureLocals());
    assert.equal(nowhere.lines.video?.remote, null);
    assert.equal(nowhere.lines.video?.direction, 'recvonly');
    assert.deepEqual(nowhere.floor, { ...first.floor, isNew: false }, 'hold does not reach the floor channel');
    const back = s.answer(offer, fixtureLocals());
    assert.equal(back.lines.video?.held, false);
    assert.equal(back.lines.video?.direction, 'sendrecv');
  });

  it('wishes bound directions; null refuses in place', () => {
    const locals: Locals = { ...fixtureLocals(), content: null, direction: { audio: 'sendonly' } };
    const { lines, sdp } = session().answer(fixtureOffer('cisco-ce-room-udp'), locals);
    assert.equal(lines.audio?.direction, 'sendonly');
    assert.equal(lines.content, undefined);
    assert.equal(heads(sdp)[3], 'm=video 0 RTP/AVP 97 126 96 34 123');
  });

  it('rtcp-mux and rtcp ports', () => {
    const offer = fixtureOffer('baresip-1.0-mode0').replace('a=minptime:20', 'a=rtcp-mux\r\na=rtcp:50001');
    const apart = session().answer(offer, fixtureLocals());
    assert.equal(apart.lines.audio?.remote?.rtcpPort, 50001);
    assert.doesNotMatch(apart.sdp, /rtcp-mux/);
    const abilities = { ...gatewayAbilities(), rtcpMux: true };
    const locals: Locals = {
      ...fixtureLocals(),
      abilities,
      audio: { address: '198.51.100.7', rtpPort: 20000, rtcpPort: 20000 },
    };
    const muxed = session().answer(offer, locals);
    assert.equal(muxed.lines.audio?.remote?.rtcpPort, 39700);
    assert.match(section(muxed.sdp, 0), /a=rtcp:20000\r\n[^]*a=rtcp-mux/);
  });

  it('IPv6 and lines on several addresses', () => {
    const six = { address: '2001:db8::7', rtpPort: 20000, rtcpPort: 20001 };
    const locals: Locals = { ...fixtureLocals(), audio: six };
    const { sdp } = session().answer(fixtureOffer('softphone-generic-ipv6'), locals);
    assert.match(sdp, /^o=dualstream 4611731400430051336 1 IN IP6 2001:db8::7\r$/m);
    assert.match(sdp, /^c=IN IP6 2001:db8::7\r$/m);
    assert.match(section(sdp, 1), /c=IN IP4 198\.51\.100\.7/);
  });

  it('a call with everything switched off goes on; a first offer of nothing does not', () => {
    const s = session();
    const offer = fixtureOffer('softphone-generic-resume');
    const off = offer.replace(/^m=(\w+) \d+/gm, 'm=$1 0');
    assert.throws(() => s.answer(off, fixtureLocals()), NoCommonMedia);
    s.answer(offer, fixtureLocals());
    assert.deepEqual(s.answer(off, fixtureLocals()).lines, {});
    assert.equal(s.answer(offer, fixtureLocals()).lines.audio?.direction, 'sendrecv');
  });

  it('stays short whatever is offered', () => {
    const formats = Array.from({ length: 8 }, (_, n) => String(n).padStart(32, 'x')).join(' ');
    const more = `m=${'y'.repeat(32)} 4000 ${'z'.repeat(32)} ${formats}\r\n`.repeat(26);
    const { sdp } = session().answer(fixtureOffer('cisco-ce-room-udp').trimEnd() + '\r\n' + more, fixtureLocals());
    // a drachtio-server drops its application when several answers of 5000 octets come at once
    assert.ok(sdp.length < 4500, `${sdp.length} octets`);
  });

  it('a bad offer leaves the session as it was', () => {
    const s = session();
    const first = s.answer(fixtureOffer('cisco-ce-room-udp'), fixtureLocals());
    assert.throws(() => s.answer('v=0\r\njunk', fixtureLocals()), MalformedSdp);
    assert.throws(() => s.answer(fixtureOffer('softphone-generic-no-common-codec'), fixtureLocals()), NoCommonMedia);
    assert.equal(s.current, first);
    assert.equal(s.answer(fixtureOffer('cisco-ce-room-udp'), fixtureLocals()).sdp, first.sdp);
  });
});

describe('SdpSession and the floor channel', () => {
  const tcp = fixtureOffer('poly-studiox30-tcp');
  const locals = fixtureLocals('TCP');

  it('the identical offer again (60 ms later) does not begin a new channel', () => {
    const s = session();
    const first = s.answer(tcp, locals);
    assert.equal(first.floor?.isNew, true);
    const second = s.answer(tcp, locals);
    assert.equal(second.sdp, first.sdp);
    assert.deepEqual(second.floor, { ...first.floor, isNew: false });
  });
  it('connection:existing, missing and new in re-offers', () => {
    const s = session();
    s.answer(tcp, locals);
    const existing = s.answer(next(tcp).replace('connection:new', 'connection:existing'), locals);
    assert.match(existing.sdp, /a=connection:existing/);
    assert.equal(existing.floor?.isNew, false);
    const silent = s.answer(next(tcp).replace('a=connection:new\r\n', ''), locals);
    assert.doesNotMatch(silent.sdp, /a=connection/);
    assert.equal(silent.floor?.isNew, false);
    assert.equal(s.answer(next(next(tcp)), locals).floor?.isNew, true);
  });
  it('existing without a channel is answered new', () => {
    const answer = session().answer(tcp.replace('connection:new', 'connection:existing'), locals);
    assert.match(answer.sdp, /a=connection:new/);
    assert.equal(answer.floor?.isNew, true);
  });
  it('setup of TCP offers: who connects, and the port that says so', () => {
    const with_ = (setup: string): ReturnType<SdpSession['answer']> =>
      session().answer(tcp.replace('a=setup:actpass', `a=setup:${setup}`), locals);
    assert.deepEqual([with_('active').floor?.setup, with_('active').floor?.remote], ['passive', null]);
    assert.deepEqual(with_('passive').floor?.remote, { address: '192.168.0.104', port: 17324 });
    assert.equal(heads(with_('passive').sdp)[3], 'm=application 9 TCP/BFCP *');
    assert.equal(with_('holdconn').floor?.setup, 'none');
  });
  it('roles and ids stay when a re-offer leaves them out', () => {
    const s = session();
    const mcu = fixtureOffer('cisco-mcu-expressway-udp');
    const first = s.answer(mcu, fixtureLocals());
    assert.deepEqual([first.floor?.weAre, first.floor?.userId], ['client', 15377]);
    const bare = next(mcu).replace(/a=(confid|userid|floorid|floorctrl):.*\r\n/g, '');
    assert.deepEqual(s.answer(bare, fixtureLocals()).floor, { ...first.floor, isNew: false });
  });
  it('UDP: another port of the peer is a new channel', () => {
    const s = session();
    const offer = fixtureOffer('cisco-ce-room-udp');
    s.answer(offer, fixtureLocals());
    assert.equal(
      s.answer(next(offer).replace('m=application 2439', 'm=application 2441'), fixtureLocals()).floor?.isNew,
      true,
    );
  });
  it('port 0 ends it, a port begins it again', () => {
    const s = session();
    const offer = fixtureOffer('cisco-ce-room-udp');
    s.answer(offer, fixtureLocals());
    const off = s.answer(next(offer).replace('m=application 2439', 'm=application 0'), fixtureLocals());
    assert.equal(off.floor, null);
    assert.equal(heads(off.sdp)[2], 'm=application 0 UDP/BFCP *');
    assert.equal(off.lines.content?.direction, 'sendrecv', 'content stays usable');
    assert.equal(s.answer(next(offer), fixtureLocals()).floor?.isNew, true);
  });
  it('no floor of ours, or one of the other transport, refuses it in place', () => {
    assert.equal(session().answer(tcp, fixtureLocals('UDP')).floor, null);
    assert.equal(heads(session().answer(tcp, { ...locals, floor: null }).sdp)[3], 'm=application 0 TCP/BFCP *');
  });
  it('version 2 only over TCP has nothing in common', () =>
    assert.equal(session().answer(tcp.replace('a=confid:1', 'a=confid:1\r\na=bfcpver:2'), locals).floor, null));
});

describe('SdpSession offers', () => {
  it('a late offer is the full set: both modes, mode 0 first', () => {
    const s = session();
    const sdp = s.offer(fixtureLocals());
    assert.deepEqual(heads(sdp), [
      'm=audio 20000 RTP/AVP 96 9 8 0 101 102',
      'm=video 20002 RTP/AVP 97 98 99 100',
      'm=application 20006 UDP/BFCP *',
      'm=video 20004 RTP/AVP 97 98 99 100',
    ]);
    assert.match(section(sdp, 1), /a=fmtp:97 profile-level-id=42e028;packetization-mode=0;level-asymmetry-allowed=1/);
    assert.match(
      section(sdp, 2),
      /a=floorctrl:s-only\r\n[^]*a=floorid:1 mstrm:12\r\na=bfcpver:2 1\r\na=setup:actpass\r\na=connection:new/,
    );
    assert.match(section(sdp, 3), /a=content:slides\r\na=label:12/);
    assert.equal(s.offering, true);
    assert.equal(s.current, null);
  });

  it('the answer may choose, reorder, refuse; the next offer keeps what was chosen', () => {
    const s = session();
    const offer = s.offer(fixtureLocals());
    const answer = [
      'v=0',
      'o=peer 1 1 IN IP4 192.0.2.9',
      's=-',
      'c=IN IP4 192.0.2.9',
      't=0 0',
      'm=audio 6000 RTP/AVP 0 8 101',
      'a=rtpmap:101 telephone-event/8000',
      'm=video 6002 RTP/AVP 98',
      'b=TIAS:1500000',
      'a=rtpmap:98 H264/90000',
      'a=fmtp:98 profile-level-id=42e01f;packetization-mode=1',
      'a=rtcp-fb:* ccm fir',
      'm=application 6010 UDP/BFCP *',
      'a=floorctrl:c-only',
      'a=bfcpver:2',
      'a=setup:active',
      'm=video 6004 RTP/AVP 98',
      'a=rtpmap:98 H264/90000',
      'a=fmtp:98 profile-level-id=42e01f;packetization-mode=1',
      'a=sendonly',
    ].join('\r\n');
    const agreed = s.accept(answer);
    assert.equal(agreed.sdp, offer);
    assert.deepEqual(
      agreed.lines.audio?.send.map(({ pt }) => pt),
      [8, 0],
    );
    assert.deepEqual(agreed.lines.audio?.events.send, [{ pt: 101, clock: 8000 }]);
    assert.equal(agreed.lines.video?.maxKbps, 1500);
    const numbers = (name: 'receive' | 'besides'): unknown => agreed.lines.video?.[name]?.map(({ pt }) => pt);
    assert.deepEqual([numbers('receive'), numbers('besides')], [[98], [97, 99, 100]]);
    assert.deepEqual(agreed.lines.video?.feedback, { pli: false, fir: true, nack: false, remb: false });
    assert.equal(agreed.lines.content?.direction, 'recvonly');
    assert.deepEqual(agreed.floor, {
      transport: 'UDP',
      remote: { address: '192.0.2.9', port: 6010 },
      weAre: 'server',
      setup: 'none',
      isNew: true,
      bfcpVersion: 2,
      confId: 3405691582,
      userId: 70,
      floorId: 1,
    });
    const again = s.offer(fixtureLocals());
    assert.deepEqual(heads(again), [
      'm=audio 20000 RTP/AVP 8 0 101',
      'm=video 20002 RTP/AVP 98',
      'm=application 20006 UDP/BFCP *',
      'm=video 20004 RTP/AVP 98',
    ]);
    assert.match(again, /a=connection:existing/);
    assert.equal(version(again), version(offer) + 1);
  });

  it('adds a content line to a call that had none, and reads the odd answer of that device', () => {
    const s = session();
    const locals = fixtureLocals('UDP');
    const first = s.answer(fixtureOffer('poly-studiox30-tcp').replace('TCP/BFCP', 'UDP/BFCP'), locals);
    assert.equal(first.lines.content, undefined);
    const offer = s.offer(locals);
    assert.deepEqual(heads(offer), [...heads(first.sdp), 'm=video 20004 RTP/AVP 109 110']);
    assert.equal(version(offer), 2);
    assert.match(section(offer, 4), /a=content:slides\r\na=label:12\r\na=sendrecv/);
    const theirs = golden('poly-reinvite-answer-udp').replace('m=audio 23166 RTP/AVP 0', 'm=audio 23166 RTP/AVP 9');
    assert.throws(() => s.accept(theirs.replace(/m=video 26416/, 'm=image 26416')), BadAnswer);
    const agreed = s.accept(theirs);
    assert.deepEqual(
      agreed.lines.content?.send.map(({ pt }) => pt),
      [109, 110],
    );
    assert.equal(agreed.lines.video, undefined, 'High was never offered');
    assert.equal(agreed.floor?.weAre, 'server');
    assert.equal(agreed.floor?.remote?.port, 23748);
  });

  it('switches content off and on again in its old place', () => {
    const s = session();
    const first = s.answer(fixtureOffer('cisco-ce-room-udp'), fixtureLocals());
    const off = s.offer({ ...fixtureLocals(), content: null });
    assert.equal(heads(off)[3], 'm=video 0 RTP/AVP 97 126 96 34 123');
    s.accept(fixtureOffer('cisco-ce-room-udp').replace('m=video 2354', 'm=video 0').replace('c-s', 'c-only'));
    const on = s.offer(fixtureLocals());
    assert.equal(heads(on)[3], heads(first.sdp)[3]);
  });

  it('a full re-offer keeps what is in use and adds the rest under fresh numbers', () => {
    const s = session();
    s.answer(fixtureOffer('cisco-ce-room-udp'), fixtureLocals());
    const full = s.offer(fixtureLocals(), 'full');
    assert.match(heads(full)[0] ?? '', /^m=audio 20000 RTP\/AVP 114 9 8 0 101$/);
    assert.match(heads(full)[1] ?? '', /^m=video 20002 RTP\/AVP 97 126$/, 'the family is there in both modes already');
    s.rollback();
    const t = session();
    t.answer(fixtureOffer('softphone-generic-resume'), fixtureLocals());
    const resumed = t.offer(fixtureLocals(), 'full');
    assert.match(heads(resumed)[0] ?? '', /^m=audio 20000 RTP\/AVP 8 96 9 0 101$/);
    assert.match(heads(resumed)[1] ?? '', /^m=video 20002 RTP\/AVP 97 96 99$/);
  });

  it('one codec of sound alone, under the number that it had, with the rest of the line as it was', () => {
    const s = session();
    const locals = { ...fixtureLocals(), abilities: passing(gatewayAbilities(), ['G7221-32']) };
    const first = s.offer(locals);
    const answer = fixtureOffer('softphone-generic-resume').replace(/^(m=audio \d+ \S+) .*$/m, '$1 8 113 101');
    const both = answer.replace('a=rtpmap:101', 'a=rtpmap:113 G7221/16000\r\na=fmtp:113 bitrate=32000\r\na=rtpmap:101');
    const theirs = both.replace(/m=application [^]*/, '');
    const agreed = s.accept(theirs).lines.audio;
    assert.deepEqual([agreed?.receive.map(({ name }) => name), agreed?.also], [['PCMA'], ['G7221-32']]);
    assert.match(heads(first)[0] ?? '', /^m=audio 20000 RTP\/AVP 96 9 8 0 113 101 102$/);
    const one = s.offer({ ...locals, sounds: ['G7221-32'] });
    assert.match(heads(one)[0] ?? '', /^m=audio 20000 RTP\/AVP 113 101$/);
    s.rollback();
    assert.match(heads(s.offer(locals))[0] ?? '', /^m=audio 20000 RTP\/AVP 8 101$/, 'as it was');
  });

  it('numbers of sound that mean nothing else in any offer of ours', () => {
    const s = session();
    const abilities = preferring(gatewayAbilities(), ['G7221-32', 'PCMA']);
    const offer = fixtureOffer('softphone-generic-resume').replace(/^(m=audio .*)$/m, '$1 113');
    s.answer(offer, { ...fixtureLocals(), abilities });
    const full = s.offer({ ...fixtureLocals(), abilities }, 'full');
    assert.match(full, /^a=rtpmap:97 G7221\/16000\r$/m, 'not 96, which is Opus, nor 113, which is the peer’s');
    assert.match(full, /^a=rtpmap:96 opus\/48000\/2\r$/m);
  });

  it('our own hold', () => {
    const s = session();
    s.answer(fixtureOffer('softphone-generic-resume'), fixtureLocals());
    const held = s.offer({
      ...fixtureLocals(),
      content: null,
      floor: null,
      direction: { audio: 'sendonly', video: 'inactive' },
    });
    assert.match(section(held, 0), /a=sendonly/);
    assert.match(section(held, 1), /a=inactive/);
    const agreed = s.accept(fixtureOffer('softphone-generic-resume').replace(/sendrecv/g, 'recvonly'));
    assert.equal(agreed.lines.audio?.direction, 'sendonly');
    assert.equal(agreed.lines.video?.direction, 'inactive');
  });

  it('rollback leaves the call as it was; the same offer again keeps its version', () => {
    const s = session();
    s.answer(fixtureOffer('softphone-generic-resume'), fixtureLocals());
    const before = s.current;
    const offer = s.offer(fixtureLocals());
    s.rollback();
    assert.equal(s.offering, false);
    assert.equal(s.current, before);
    assert.equal(s.offer(fixtureLocals()), offer);
    s.rollback();
    assert.throws(() => s.accept(offer), BadAnswer);
  });

  it('an answer of another shape', () => {
    const shaped = (edit: (answer: string) => string): (() => unknown) => {
      const s = session();
      s.offer(fixtureLocals());
      const plain = new SdpSession({ sessionId: '2' });
      return () => s.accept(edit(plain.answer(s.offer(fixtureLocals()), fixtureLocals()).sdp));
    };
    assert.doesNotThrow(shaped((answer) => answer));
    assert.throws(
      shaped((answer) => `${answer}m=video 4000 RTP/AVP 97\r\n`),
      BadAnswer,
    );
    assert.throws(
      shaped((answer) => answer.replace('m=audio', 'm=video')),
      BadAnswer,
    );
    assert.doesNotThrow(
      shaped((answer) => answer.slice(0, answer.indexOf('m=application'))),
      'trailing lines missing',
    );
    assert.throws(
      shaped((answer) => answer.replace(/^m=(\w+) \d+/gm, 'm=$1 0')),
      NoCommonMedia,
    );
  });

  it('two gateways agree with each other, over either transport', () => {
    for (const transport of ['UDP', 'TCP'] as const) {
      const [a, b] = [session(), session()];
      const asked = a.offer(fixtureLocals(transport));
      const answered = b.answer(asked, fixtureLocals(transport));
      const agreed = a.accept(answered.sdp);
      assert.deepEqual([agreed.floor?.weAre, answered.floor?.weAre], ['server', 'client']);
      assert.equal(agreed.floor?.userId, answered.floor?.userId);
      if (transport === 'TCP') assert.deepEqual([agreed.floor?.setup, answered.floor?.setup], ['active', 'passive']);
      for (const name of ['audio', 'video', 'content'] as const) {
        const [one, other] = [agreed.lines[name], answered.lines[name]];
        assert.deepEqual(
          one?.send.map(({ pt }) => pt),
          other?.receive.map(({ pt }) => pt),
          name,
        );
        assert.equal(one?.direction, 'sendrecv');
      }
    }
  });
});
