import assert from 'node:assert/strict';
import { LoopMark, pathHeader } from '../../../src/legs/sip/loop-mark.js';
import type { SipMessage } from '../../../src/legs/sip/srf.js';
import { LoopDetected } from '../../../src/rooms/dialer.js';
import { addressOf, CalledPeer, startDialRig, trunkOf, type DialRig } from '../../support/dial-rig.js';
import { onceBelow, timed } from '../../support/once-below.js';
import { describePeer } from '../../support/offers.js';
import type { SipPeer } from '../../support/sip-peer.js';
import { waitUntil } from '../../support/wait.js';

function message(headers: Record<string, string>): SipMessage {
  const get = (name: string): string | undefined => headers[name];
  return { body: '', get, has: (name) => get(name) !== undefined };
}

describe('the mark of a call', () => {
  const us = new LoopMark('us', (host, port) => host === '192.0.2.1' && port === 5060);
  const others = new LoopMark('others');

  it('stops a call that comes back to where it was, also through another gateway', () => {
    const sent = message(us.begin('room:demo'));
    assert.throws(() => us.arrive(sent, 'room:demo', false), LoopDetected);
    us.arrive(sent, 'room:other', false);
    const further = message(others.passOn(sent, 'trunk:x:1'));
    assert.throws(() => us.arrive(further, 'room:DEMO', false), LoopDetected);
    others.arrive(sent, 'room:demo', false);
  });

  it('never sends out again what was sent out from here', () => {
    const sent = message(us.passOn(message({}), 'trunk:a:1'));
    assert.throws(() => us.arrive(sent, 'trunk:a:2', true), LoopDetected);
    const via = 'SIP/2.0/UDP 198.51.100.1;branch=z9hG4bKx, SIP/2.0/UDP 192.0.2.1:5060;rport;branch=z9hG4bKy';
    assert.throws(() => us.arrive(message({ Via: via }), 'trunk:a:2', true), LoopDetected);
    us.arrive(message({ Via: via.split(', ')[0] ?? '' }), 'trunk:a:2', true);
    us.arrive(message({ Via: via }), 'room:demo', false);
  });

  it('counts down, and ends where the hops or the breadth run out', () => {
    const passed = us.passOn(message({ 'Max-Forwards': '12', 'Max-Breadth': '3' }), 'trunk:a:1');
    assert.deepEqual([passed['Max-Forwards'], passed['Max-Breadth']], ['11', '3']);
    assert.equal(us.passOn(message({ 'Max-Forwards': 'x' }), 'trunk:a:1')['Max-Forwards'], '69');
    assert.throws(() => us.passOn(message({ 'Max-Forwards': '0' }), 'trunk:a:1'), LoopDetected);
    assert.throws(() => us.passOn(message({ 'Max-Breadth': '0' }), 'trunk:a:1'), LoopDetected);
  });

  it('does not grow for ever, and tells nothing', () => {
    let headers: Record<string, string> = {};
    assert.throws(() => {
      for (let n = 0; n < 50; n += 1) headers = others.passOn(message(headers), `trunk:secret:${n}`);
    }, LoopDetected);
    assert.ok(!(headers[pathHeader] ?? '').includes('secret'));
    us.arrive(message({ [pathHeader]: 'nonsense, <script>, aaaa.bbbb' }), 'room:demo', false);
  });
});

describe('calls in a circle', () => {
  const rigs: DialRig[] = [];
  const everything = describePeer({ content: 'sendrecv', floor: 'UDP' });

  afterEach(async () => {
    for (const rig of rigs) await rig.trunks.close();
    for (const rig of rigs) await rig.nothingLeft();
    for (const rig of rigs.splice(0)) await rig.close();
  });

  /** Starts a gateway whose trunk `main` leads to this port. */
  const gateway = async (port: () => number): Promise<DialRig> => {
    const rig = await startDialRig({
      trunks: () => {
        const peer = { local: { address: '127.0.0.1', port: port() } } as SipPeer;
        return Promise.resolve([trunkOf('main', [peer])]);
      },
    });
    rigs.push(rig);
    return rig;
  };
  const portOf = (rig: DialRig): number => Number(/:(\d+)$/.exec(rig.uri('x'))?.[1]);

  it('end within a second between two gateways that call each other', async () => {
    let second: DialRig | null = null;
    // the trunk of the first leads through a wire that is laid when the second is there
    const wire = await wireTo(() => (second ? portOf(second) : 0));
    const first = await gateway(() => wire.port);
    second = await gateway(() => portOf(first));
    await onceBelow(1000, async () => {
      const caller = await first.call('999999', 'Anna');
      return timed(async () => {
        caller.send('INVITE', everything);
        assert.match((await caller.final('INVITE')).start, / 482 /);
      });
    });
    wire.close();
  });

  it('end where a trunk sends the call back through a B2BUA that keeps nothing but the hops', async () => {
    let rig: DialRig | null = null;
    const b2bua = await b2buaTo(() => (rig ? portOf(rig) : 0));
    rig = await gateway(() => b2bua.port);
    await onceBelow(1000, async () => {
      const before = b2bua.calls();
      const caller = await rig.call('99999', 'Anna');
      const took = await timed(async () => {
        caller.send('INVITE', everything);
        assert.match((await caller.final('INVITE')).start, / (482|483) /);
      });
      assert.ok(b2bua.calls() - before <= 4, `${b2bua.calls() - before} calls`);
      return took;
    });
    b2bua.close();
  });

  it('end by the hops where even the number changes each time', async () => {
    let rig: DialRig | null = null;
    const b2bua = await b2buaTo(() => (rig ? portOf(rig) : 0), { renumber: true });
    rig = await gateway(() => b2bua.port);
    const caller = await rig.call('91000', 'Anna');
    caller.send('INVITE', everything, []);
    assert.match((await caller.final('INVITE')).start, / (482|483|486|500|503) /);
    b2bua.close();
  });

  it('end at once when a room calls an address of its own gateway', async () => {
    const rig = await startDialRig({ rules: { targets: ['*@127.0.0.1'] } });
    rigs.push(rig);
    rig.story('demo');
    rig.dialOut.call(rig.room('demo'), { to: 'sip:demo@gateway.example' });
    await waitUntil(() => rig.story('demo').length === 2, 1000);
    assert.match(rig.story('demo')[1] ?? '', /^failed 1 482 .*is an address of this gateway/);
    rig.dialOut.call(rig.room('demo'), { to: rig.uri('demo') });
    await waitUntil(() => rig.story('demo').length === 4, 1000);
    assert.match(rig.story('demo')[3] ?? '', /^failed 2 482 /);
  });

  it('end when somebody forwards the call of a room back into it', async () => {
    const rig = await startDialRig();
    rigs.push(rig);
    rig.story('demo');
    const peer = await rig.peer();
    rig.dialOut.call(rig.room('demo'), { to: addressOf(peer) });
    const call = await CalledPeer.by(peer);
    const back = await rig.call('demo');
    back.send('INVITE', everything, [`X-Dualstream-Path: ${call.header('x-dualstream-path')}`]);
    assert.match((await back.final('INVITE')).start, / 482 /);
    const other = await rig.call('echo');
    await other.invite(everything, [`X-Dualstream-Path: ${call.header('x-dualstream-path')}`]);
    await other.bye();
    await call.refuse('486 Busy Here');
  });
});

/** A stateless relay of datagrams to a port, so that Via and everything else stay as they are. */
async function wireTo(port: () => number): Promise<{ port: number; close(): void }> {
  const { systemNet } = await import('../../../src/base/system-net.js');
  const socket = await systemNet.udp({ address: '127.0.0.1', port: 0 });
  let back: { address: string; port: number } | null = null;
  socket.onMessage((data, from) => {
    if (from.port === port()) {
      if (back) socket.send(data, back);
      return;
    }
    back = from;
    socket.send(data, { address: '127.0.0.1', port: port() });
  });
  return { port: socket.local.port, close: () => socket.close() };
}

/** A B2BUA in the crudest way: a new call with new identifiers and one hop less for every INVITE. */
async function b2buaTo(
  port: () => number,
  options: { renumber?: boolean } = {},
): Promise<{ port: number; calls(): number; close(): void }> {
  const { systemNet } = await import('../../../src/base/system-net.js');
  const socket = await systemNet.udp({ address: '127.0.0.1', port: 0 });
  const { local } = socket;
  let calls = 0;
  /** Requests we got, by the branch that we sent on with. */
  const asked = new Map<string, { text: string; from: { address: string; port: number } }>();
  const header = (text: string, name: string): string => new RegExp(`^${name}: *(.*)\r$`, 'im').exec(text)?.[1] ?? '';
  socket.onMessage((data, from) => {
    const text = data.toString();
    if (text.startsWith('INVITE ')) {
      const hops = Number(header(text, 'Max-Forwards')) - 1;
      const known = [...asked.values()].some((one) => header(one.text, 'Via') === header(text, 'Via'));
      if (known) return;
      calls += 1;
      const branch = `z9hG4bKb2b${calls}`;
      asked.set(branch, { text, from });
      const [, user = ''] = /^INVITE sip:([^@]+)@/.exec(text) ?? [];
      const to = options.renumber ? `9${calls}${user}` : `9${user}`;
      const uri = `sip:${to.slice(0, 20)}@127.0.0.1:${port()}`;
      const body = text.slice(text.indexOf('\r\n\r\n') + 4);
      const name = options.renumber ? `"x" <sip:x${calls}@x>` : header(text, 'From').replace(/;tag=.*/, '');
      const lines = [
        `INVITE ${uri} SIP/2.0`,
        `Via: SIP/2.0/UDP 127.0.0.1:${local.port};branch=${branch};rport`,
        `Max-Forwards: ${Math.min(hops, 8)}`,
        `From: ${name};tag=b${calls}`,
        `To: <${uri}>`,
        `Call-ID: b2b${calls}`,
        'CSeq: 1 INVITE',
        `Contact: <sip:b@127.0.0.1:${local.port}>`,
        'Content-Type: application/sdp',
        `Content-Length: ${Buffer.byteLength(body)}`,
        '',
        body,
      ];
      socket.send(Buffer.from(lines.join('\r\n')), { address: '127.0.0.1', port: port() });
    } else if (/^SIP\/2\.0 [3-6]/.test(text) && /INVITE\r$/m.test(header(text, 'CSeq') + '\r')) {
      const branch = /branch=([^;\r]+)/.exec(header(text, 'Via'))?.[1] ?? '';
      const request = asked.get(branch);
      if (!request) return;
      const ack = ['Via', 'From', 'To', 'Call-ID', 'Max-Forwards'].map((name) => `${name}: ${header(text, name)}`);
      ack.push('CSeq: 1 ACK', 'Content-Length: 0', '', '');
      socket.send(Buffer.from([`ACK sip:x@127.0.0.1 SIP/2.0`, ...ack].join('\r\n')), from);
      const copied = ['Via', 'From', 'Call-ID', 'CSeq'].map((name) => `${name}: ${header(request.text, name)}`);
      const status = text.slice(0, text.indexOf('\r\n'));
      const answer = [
        status,
        ...copied,
        `To: ${header(request.text, 'To')};tag=r${branch}`,
        'Content-Length: 0',
        '',
        '',
      ];
      socket.send(Buffer.from(answer.join('\r\n')), request.from);
    }
  });
  return { port: local.port, calls: () => calls, close: () => socket.close() };
}
