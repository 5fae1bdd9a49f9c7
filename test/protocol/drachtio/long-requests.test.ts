import assert from 'node:assert/strict';
import type { Datagrams } from '../../../src/base/net.js';
import { valueOf } from '../../support/engine-peer.js';
import { memoryEngine, requestOf, type MemoryEngine } from '../../support/memory-engine.js';

const body = `v=0\r\n${'a=x:1234567890\r\n'.repeat(100)}`;
const message = (size: string): string => `INVITE sip:bob@127.0.0.1:6100 SIP/2.0\r\n\r\n${size}`;

describe('requests longer than the configured MTU', () => {
  let rig: MemoryEngine;
  let overTcp: string[];

  async function begin(options: Parameters<typeof memoryEngine>[0], listens: boolean): Promise<void> {
    rig = await memoryEngine(options);
    overTcp = [];
    if (!listens) return;
    await rig.net.listen({ address: '127.0.0.1', port: 6100 }, { type: 'tcp' }, (stream) =>
      stream.onData((data) => overTcp.push(data.toString())),
    );
  }

  afterEach(async () => {
    await rig.close();
    assert.equal(rig.clock.pending, 0);
  });

  const overUdp = (): string[] => rig.sent.filter(({ to }) => to.port === 6100).map(({ text }) => text);
  const counted = (transport: string): number =>
    rig.metrics.counted('dualstream_sip_long_requests_total', { transport });

  it('go by TCP, and say so in Via, Contact and echo', async () => {
    await begin({ udpMtu: 1300 }, true);
    rig.app.say('sip||', message(body));
    await settled();
    assert.match(overTcp[0] ?? '', /Via: SIP\/2\.0\/TCP 127\.0\.0\.1:5070;branch=/);
    assert.match(overTcp[0] ?? '', /Contact: <sip:127\.0\.0\.1:5070;transport=tcp>/);
    assert.deepEqual(overUdp(), []);
    assert.match(rig.app.heard.at(-1) ?? '', /\|application\|\d+\|tcp\|127\.0\.0\.1\|6100\|/);
    assert.equal(counted('tcp'), 1);
  });

  it('go by UDP when TCP is refused, with a Via that says UDP, and TCP is left alone for a minute', async () => {
    await begin({ udpMtu: 1300 }, false);
    for (const n of [1, 2]) {
      rig.app.say('sip||', message(body));
      await settled();
      assert.equal(overUdp().length, n);
    }
    for (const each of overUdp()) {
      assert.match(each, /Via: SIP\/2\.0\/UDP 127\.0\.0\.1:5070;rport;branch=/);
      assert.match(each, /Contact: <sip:127\.0\.0\.1:5070>/);
    }
    assert.equal(counted('udp'), 1);
  });

  it('go by UDP when no TCP connection comes up within two seconds', async () => {
    await begin({ udpMtu: 1300 }, false);
    rig.net.connect = () => new Promise(() => undefined);
    rig.app.say('sip||', message(body));
    await settled();
    assert.deepEqual(overUdp(), []);
    rig.clock.advance(2000);
    assert.match(overUdp()[0] ?? '', /Via: SIP\/2\.0\/UDP/);
  });

  it('stay with UDP where peers cannot reach us by TCP', async () => {
    await begin({ udpMtu: 1300, listen: [{ transport: 'udp', address: '127.0.0.1', port: 5070 }] }, true);
    rig.app.say('sip||', message(body));
    await settled();
    assert.equal(overUdp().length, 1);
    assert.deepEqual(overTcp, []);
  });

  it('are by default only those that no datagram carries', async () => {
    await begin({}, true);
    rig.app.say('sip||', message(`v=0\r\n${'a=x:1234567890\r\n'.repeat(3900)}`));
    await settled();
    assert.equal(overUdp().length, 1);
    rig.app.say('sip||', message(`v=0\r\n${'a=x:1234567890\r\n'.repeat(4200)}`));
    await settled();
    assert.equal(overTcp.length, 1);
    assert.equal(overUdp().length, 1);
  });

  it('count bytes, not characters', async () => {
    await begin({ udpMtu: 1300 }, true);
    rig.app.say('sip||', message(`v=0\r\ns=${'é'.repeat(600)}\r\n`));
    await settled();
    assert.equal(overTcp.length, 1);
  });

  /** The application calls without an offer and answers the one of the 200 at length; its dialog. */
  async function lateAnswer(): Promise<{ callee: Datagrams; answer: Buffer }> {
    const callee = await rig.net.udp({ address: '127.0.0.1', port: 6100 });
    rig.app.say('sip||', 'INVITE sip:bob@127.0.0.1:6100 SIP/2.0\r\n\r\n');
    const invite = overUdp()[0] ?? '';
    const answer = Buffer.from(
      ['Via', 'From', 'To', 'Call-ID', 'CSeq']
        .map((name) => `${name}: ${valueOf(invite, name)}${name === 'To' ? ';tag=b' : ''}`)
        .reduce((text, line) => `${text}${line}\r\n`, 'SIP/2.0 200 OK\r\n')
        .concat('Contact: <sip:bob@127.0.0.1:6100>\r\nContent-Length: 0\r\n\r\n'),
    );
    callee.send(answer, rig.at);
    const dialog = `${valueOf(invite, 'Call-ID')};from-tag=${valueOf(invite, 'From').split('tag=')[1] ?? ''}`;
    rig.app.say(`sip||${dialog}`, `ACK sip:placeholder SIP/2.0\r\n\r\n${body}`);
    await settled();
    return { callee, answer };
  }

  it('go by TCP as the ACK with the answer to a late offer too, also when it is asked for again', async () => {
    await begin({ udpMtu: 1300 }, true);
    const { callee, answer } = await lateAnswer();
    assert.equal(overTcp.length, 1);
    const [ack = ''] = overTcp;
    assert.match(ack, /^ACK sip:bob@127\.0\.0\.1:6100 SIP\/2\.0\r\nVia: SIP\/2\.0\/TCP 127\.0\.0\.1:5070;branch=/);
    assert.ok(ack.endsWith(body));
    assert.match(rig.app.heard.at(-1) ?? '', /\|OK\|application\|\d+\|tcp\|127\.0\.0\.1\|6100\|/);
    assert.ok(!overUdp().some((each) => each.startsWith('ACK')));
    callee.send(answer, rig.at);
    await settled();
    assert.deepEqual(overTcp.slice(1), [ack]);
    rig.clock.advance(40_000);
    await settled();
    assert.ok(![...overTcp, ...overUdp()].some((each) => each.startsWith('BYE')));
  });

  it('go by UDP as such an ACK when TCP is refused, with a Via that says UDP', async () => {
    await begin({ udpMtu: 1300 }, false);
    await lateAnswer();
    const [ack = ''] = overUdp().filter((each) => each.startsWith('ACK'));
    assert.match(ack, /\r\nVia: SIP\/2\.0\/UDP 127\.0\.0\.1:5070;rport;branch=/);
    assert.ok(ack.endsWith(body));
  });

  it('go by TCP as a refresh of the session by the engine itself too', async () => {
    await begin({ udpMtu: 1300 }, true);
    const invite = requestOf('INVITE', {
      Contact: '<sip:alice@127.0.0.1:6100>',
      Via: 'SIP/2.0/UDP 127.0.0.1:6100;branch=z9hG4bKx',
      Supported: 'timer',
      'Session-Expires': '90;refresher=uas',
    });
    const caller = await rig.net.udp({ address: '127.0.0.1', port: 6100 });
    caller.send(Buffer.from(invite), rig.at);
    rig.app.answer(rig.app.fromNetwork[0] ?? '', '200 OK', ['Session-Expires: 90;refresher=uas'], body);
    const to = valueOf(overUdp().find((each) => each.includes(' 200 OK')) ?? '', 'To');
    caller.send(Buffer.from(requestOf('ACK', { To: to })), rig.at);
    rig.clock.advance(45_000);
    await settled();
    assert.match(overTcp[0] ?? '', /^INVITE sip:alice@127\.0\.0\.1:6100 SIP\/2\.0\r\nVia: SIP\/2\.0\/TCP /);
    assert.ok((overTcp[0] ?? '').endsWith(body));
    assert.ok(!overUdp().some((each) => each.startsWith('INVITE')));
  });

  it('go by TCP inside a dialog too', async () => {
    await begin({ udpMtu: 1300 }, true);
    const invite = requestOf('INVITE', {
      Contact: '<sip:alice@127.0.0.1:6100>',
      Via: 'SIP/2.0/UDP 127.0.0.1:6100;branch=z9hG4bKx',
    });
    const caller = await rig.net.udp({ address: '127.0.0.1', port: 6100 });
    caller.send(Buffer.from(invite), rig.at);
    const id = rig.app.answer(rig.app.fromNetwork[0] ?? '', '200 OK');
    const dialog = rig.app.heard.find((each) => each.includes(`|response|${id}|OK`))?.split('|')[11] ?? '';
    rig.app.say(`sip||${dialog}`, `INVITE sip:placeholder SIP/2.0\r\n\r\n${body}`);
    await settled();
    assert.match(overTcp[0] ?? '', /^INVITE sip:alice@127\.0\.0\.1:6100 SIP\/2\.0\r\nVia: SIP\/2\.0\/TCP /);
  });
});

async function settled(): Promise<void> {
  for (let i = 0; i < 8; i++) await new Promise((resolve) => setImmediate(resolve));
}
