import assert from 'node:assert/strict';
import type { Datagrams } from '../../../src/base/net.js';
import { FakeDns, srv, type Zone } from '../../support/fake-dns.js';
import { memoryEngine, type MemoryEngine } from '../../support/memory-engine.js';

const invite = 'INVITE sip:bob@example.com SIP/2.0\r\nX-Test: 1\r\nContent-Length: 0\r\n\r\n';
const two: Zone = {
  srv: { '_sip._udp.example.com': [srv(1, 0, 'a.example', 6100), srv(2, 0, 'b.example', 6200)] },
  a: { 'a.example': ['127.0.0.1'], 'b.example': ['127.0.0.1'] },
};

describe('requests to a name with several servers', () => {
  let rig: MemoryEngine;
  let dns: FakeDns;

  async function begin(zone: Zone): Promise<void> {
    dns = new FakeDns(zone);
    rig = await memoryEngine({ dns });
  }

  afterEach(async () => {
    await rig.close();
    assert.equal(rig.clock.pending, 0);
    assert.equal(rig.metrics.counted('dualstream_sip_internal_errors_total'), 0);
  });

  /** A server that answers every request but ACK with this status, or not at all. */
  async function server(port: number, status: string | null): Promise<{ socket: Datagrams; got: string[] }> {
    const socket = await rig.net.udp({ address: '127.0.0.1', port });
    const got: string[] = [];
    socket.onMessage((data, from) => {
      const text = data.toString();
      if (got.at(-1) !== text) got.push(text);
      if (status !== null && !text.startsWith('ACK')) socket.send(Buffer.from(answerTo(text, status)), from);
    });
    return { socket, got };
  }

  it('go to the next one after 503, with a branch of their own and everything else the same', async () => {
    await begin(two);
    const [a, b] = [await server(6100, '503 Service Unavailable'), await server(6200, '180 Ringing')];
    rig.app.say('sip||', invite);
    await settled();
    const [first = '', ack = ''] = a.got;
    const [second = ''] = b.got;
    assert.match(ack, /^ACK /);
    assert.notEqual(field(first, 'Via'), field(second, 'Via'));
    for (const name of ['From', 'To', 'Call-ID', 'CSeq', 'X-Test'])
      assert.equal(field(first, name), field(second, name));
    // the application sees one request and one response
    const [echo] = rig.app.heard.filter((each) => each.includes('Msg sent:'));
    assert.match(echo ?? '', new RegExp(`branch=${branchOf(first)}`));
    assert.equal(rig.app.fromNetwork.length, 1);
    assert.match(rig.app.fromNetwork[0] ?? '', /SIP\/2\.0 180/);
  });

  it('go to the next one after a time-out without an answer, and so does the CANCEL', async () => {
    await begin(two);
    const [a, b] = [await server(6100, null), await server(6200, '180 Ringing')];
    rig.app.say('sip||', invite);
    await settled();
    rig.clock.advance(32_000);
    await settled();
    assert.equal(a.got.length, 1);
    const id = rig.app.fromNetwork[0]?.split('|')[8] ?? '';
    rig.app.say(`sip|${id}|`, 'CANCEL sip:bob@example.com SIP/2.0\r\n\r\n');
    const cancel = b.got.find((each) => each.startsWith('CANCEL')) ?? '';
    assert.equal(branchOf(cancel), branchOf(b.got[0] ?? ''));
    assert.ok(!a.got.some((each) => each.startsWith('CANCEL')));
  });

  it('remember which server was dead', async () => {
    await begin(two);
    const [a, b] = [await server(6100, null), await server(6200, '200 OK')];
    const ask = 'OPTIONS sip:example.com SIP/2.0\r\n\r\n';
    rig.app.say('sip||', ask);
    await settled();
    rig.clock.advance(32_000);
    await settled();
    rig.app.say('sip||', ask);
    await settled();
    assert.equal(a.got.length, 1);
    assert.equal(b.got.length, 2);
    assert.deepEqual(statuses(), ['200', '200']);
  });

  for (const [asked, seconds] of [
    ['', 60],
    ['\r\nRetry-After: 300 (full)', 300],
    ['\r\nRetry-After: 86400', 600],
  ] as const) {
    it(`leave a server alone for ${seconds} s after 503${asked.trim() && ` and ${asked.trim()}`}`, async () => {
      await begin(two);
      const [a, b] = [await server(6100, `503 Service Unavailable${asked}`), await server(6200, '200 OK')];
      const ask = async (): Promise<void> => {
        rig.app.say('sip||', 'OPTIONS sip:example.com SIP/2.0\r\n\r\n');
        await settled();
      };
      await ask();
      rig.clock.advance(seconds * 1000 - 1);
      await ask();
      assert.deepEqual([a.got.length, b.got.length], [1, 2]);
      rig.clock.advance(1);
      await ask();
      assert.deepEqual([a.got.length, b.got.length], [2, 3]);
    });
  }

  it('fail with 408 when none answers', async () => {
    await begin(two);
    rig.app.say('sip||', invite);
    for (const _ of [1, 2]) {
      await settled();
      rig.clock.advance(32_000);
    }
    await settled();
    assert.deepEqual(statuses(), ['408']);
    assert.match(rig.app.fromNetwork[0] ?? '', /\|sip\|network\|0\|udp\|\|0\|/);
  });

  it('bring the 503 of the last', async () => {
    await begin(two);
    const all = [await server(6100, '503 Service Unavailable'), await server(6200, '503 Service Unavailable')];
    rig.app.say('sip||', invite);
    await settled();
    assert.deepEqual(statuses(), ['503']);
    assert.deepEqual(
      all.map(({ got }) => got.length),
      [2, 2],
    );
  });

  it('stay where they ring, also when that ends in 503', async () => {
    await begin(two);
    const [a, b] = [await server(6100, '180 Ringing'), await server(6200, '180 Ringing')];
    rig.app.say('sip||', invite);
    await settled();
    a.socket.send(Buffer.from(answerTo(a.got[0] ?? '', '503 Service Unavailable')), rig.at);
    await settled();
    assert.deepEqual(statuses(), ['180', '503']);
    assert.equal(b.got.length, 0);
  });

  it('are not tried again once cancelled', async () => {
    await begin(two);
    const [, b] = [await server(6100, null), await server(6200, '180 Ringing')];
    rig.app.say('sip||', invite);
    await settled();
    const echo = rig.app.heard.find((each) => each.includes('Msg sent:')) ?? '';
    rig.app.say(`sip|${echo.split('|')[10] ?? ''}|`, 'CANCEL sip:bob@example.com SIP/2.0\r\n\r\n');
    rig.clock.advance(32_000);
    await settled();
    assert.equal(b.got.length, 0);
    assert.deepEqual(statuses(), ['408']);
  });

  it('go on after a refused connection', async () => {
    await begin({
      srv: { '_sip._tcp.example.com': [srv(1, 0, 'a.example', 6100), srv(2, 0, 'b.example', 6200)] },
      a: { 'a.example': ['127.0.0.1'], 'b.example': ['127.0.0.1'] },
    });
    const got: string[] = [];
    await rig.net.listen({ address: '127.0.0.1', port: 6200 }, { type: 'tcp' }, (stream) =>
      stream.onData((data) => got.push(data.toString())),
    );
    rig.app.say('sip||', invite);
    await settled();
    assert.match(got[0] ?? '', /^INVITE sip:bob@example\.com SIP\/2\.0\r\nVia: SIP\/2\.0\/TCP /);
    assert.deepEqual(statuses(), []);
  });

  it('fail with 503 when the name leads nowhere, after the echo', async () => {
    await begin({});
    rig.app.say('sip||', invite);
    await settled();
    assert.match(rig.app.heard.find((each) => each.includes('Msg sent:')) ?? '', /INVITE sip:bob@example\.com/);
    assert.deepEqual(statuses(), ['503']);
  });

  it('never go to ourselves', async () => {
    await begin({ a: { 'us.example': ['127.0.0.1'] } });
    rig.app.say('sip||', invite.replace('example.com', 'us.example:5070'));
    await settled();
    assert.deepEqual(statuses(), ['503']);
  });

  it('ask nobody for an address', async () => {
    await begin(two);
    const peer = await server(6100, '200 OK');
    rig.app.say('sip||', 'OPTIONS sip:127.0.0.1:6100 SIP/2.0\r\n\r\n');
    assert.equal(peer.got.length, 1);
    assert.deepEqual(dns.asked, []);
  });

  it('inside a dialog follow the name in the Contact', async () => {
    await begin({ a: { 'desk.example': ['127.0.0.1'] } });
    const [peer, desk] = [await server(6100, null), await server(6300, '200 OK')];
    rig.app.say('sip||', invite.replace('example.com', '127.0.0.1:6100'));
    const ok = answerTo(peer.got[0] ?? '', '200 OK').replace(
      'Content-Length',
      'Contact: <sip:bob@desk.example:6300>\r\nRecord-Route: <sip:desk.example:6300;lr>\r\nContent-Length',
    );
    peer.socket.send(Buffer.from(ok), rig.at);
    const dialog = rig.app.fromNetwork[0]?.split('|')[9] ?? '';
    rig.app.say(`sip||${dialog}`, 'ACK sip:bob@127.0.0.1 SIP/2.0\r\n\r\n');
    await settled();
    rig.app.say(`sip||${dialog}`, 'BYE sip:placeholder SIP/2.0\r\n\r\n');
    await settled();
    assert.deepEqual(
      desk.got.map((each) => each.split(' ')[0]),
      ['ACK', 'BYE'],
    );
    assert.match(desk.got[1] ?? '', /^BYE sip:bob@desk\.example:6300 .*Route: <sip:desk\.example:6300;lr>/s);
  });

  function statuses(): string[] {
    return rig.app.fromNetwork.map((each) => /\r\nSIP\/2\.0 (\d+)/.exec(each)?.[1] ?? '');
  }
});

function answerTo(request: string, status: string): string {
  const head = ['Via', 'From', 'Call-ID', 'CSeq'].map((name) => `${name}: ${field(request, name)}`);
  return [`SIP/2.0 ${status}`, ...head, `To: ${field(request, 'To')};tag=b1`, 'Content-Length: 0', '', ''].join('\r\n');
}

function field(text: string, name: string): string {
  return new RegExp(`^${name}: (.*?)\r?$`, 'm').exec(text)?.[1] ?? '';
}

function branchOf(text: string): string {
  return /branch=(\w+)/.exec(text)?.[1] ?? '';
}

async function settled(): Promise<void> {
  for (let i = 0; i < 8; i++) await new Promise((resolve) => setImmediate(resolve));
}
