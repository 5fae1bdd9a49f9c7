import assert from 'node:assert/strict';
import type { ByteStream } from '../../../src/base/net.js';
import type { EngineOptions } from '../../../src/protocol/drachtio/server.js';
import { memoryEngine, requestOf, type MemoryEngine } from '../../support/memory-engine.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** What a peer sees of its connection. */
interface Seen {
  stream: ByteStream;
  heard: string[];
  closed: boolean;
}

/** The To of the last answer. */
function toOf({ heard }: Seen): string {
  return /^To: (.*)$/m.exec(heard.at(-1) ?? '')?.[1]?.trim() ?? '';
}

describe('connections of the SIP engine', () => {
  let run: MemoryEngine;
  const start = async (options: Partial<EngineOptions> = {}): Promise<void> => {
    run = await memoryEngine(options);
  };
  afterEach(async () => {
    await run.close();
    assert.equal(run.clock.pending, 0);
  });

  const watched = (stream: ByteStream): Seen => {
    const seen: Seen = { stream, heard: [], closed: false };
    stream.onData((data) => seen.heard.push(data.toString()));
    stream.onClose(() => (seen.closed = true));
    return seen;
  };
  const dial = async (port = 7000, address = '192.0.2.1'): Promise<Seen> =>
    watched(await run.net.dial(run.at, { address, port }));
  const dropped = (reason: string): number => run.metrics.counted('dualstream_sip_streams_dropped_total', { reason });
  const tcp = (method: string, fields: Record<string, string> = {}): string =>
    requestOf(method, { Via: `SIP/2.0/TCP 192.0.2.1:7000;branch=z9hG4bK${method}`, ...fields });

  it('are counted from their first packet on, together and by source, an IPv6 customer being one', async () => {
    await start({ limits: { connections: 5, connectionsPerSource: 2 } });
    const refused = (reason: string): number =>
      run.metrics.counted('dualstream_sip_connections_refused_total', { reason });
    const [one, two, three] = [await dial(1), await dial(2), await dial(3)];
    assert.deepEqual([one.closed, two.closed, three.stream.write('x')], [false, false, false]);
    assert.equal(refused('source'), 1);
    for (const address of ['2001:db8:0:7::1', '2001:db8::7:ffff:0:0:2', '2001:db8:0:7:a::']) await dial(4, address);
    assert.equal(refused('source'), 2);
    await dial(5, '198.51.100.1');
    await dial(6, '198.51.100.2');
    assert.equal(refused('total'), 1);
    one.stream.end();
    assert.equal((await dial(7)).stream.write(' '), true, 'who leaves makes room');
  });

  it('are closed when they say nothing, and later when nobody needs them', async () => {
    await start();
    const silent = await dial(1);
    const blank = await dial(2);
    const talks = await dial(3);
    talks.stream.write(tcp('OPTIONS'));
    run.app.answer(run.app.fromNetwork[0] ?? '', '200 OK');
    for (let at = 0; at < 59; at++) {
      run.clock.advance(1000);
      blank.stream.write('\r\n\r\n');
    }
    assert.deepEqual([silent.closed, blank.closed], [false, false]);
    run.clock.advance(1100);
    assert.deepEqual([silent.closed, blank.closed, talks.closed], [true, true, false]);
    assert.equal(dropped('silent'), 2);
    run.clock.advance(500_000);
    talks.stream.write('\r\n\r\n');
    assert.equal(talks.heard.at(-1), '\r\n');
    run.clock.advance(590_000);
    assert.equal(talks.closed, false);
    run.clock.advance(11_000);
    assert.equal(talks.closed, true);
    assert.equal(dropped('idle'), 1);
  });

  it('stay while a call or a registration goes by them', async () => {
    await start();
    const calls = await dial(1);
    const registers = await dial(2);
    calls.stream.write(tcp('INVITE', { 'Call-ID': 'call' }));
    run.app.answer(run.app.fromNetwork[0] ?? '', '200 OK', ['Contact: <sip:demo@127.0.0.1>']);
    calls.stream.write(tcp('ACK', { 'Call-ID': 'call', To: toOf(calls) }));
    registers.stream.write(tcp('REGISTER', { 'Call-ID': 'reg', Expires: '3600' }));
    run.app.answer(run.app.fromNetwork.at(-1) ?? '', '200 OK', ['Contact: <sip:alice@127.0.0.1:6001>;expires=3600']);
    run.clock.advance(3_500_000);
    assert.deepEqual([calls.closed, registers.closed], [false, false]);
    run.clock.advance(700_000);
    assert.deepEqual([calls.closed, registers.closed], [false, true]);
  });

  it('are dropped when a message trickles or is no SIP at all', async () => {
    await start();
    const trickle = await dial(1);
    const bytes = tcp('OPTIONS');
    for (let at = 0; at < 33; at++) {
      trickle.stream.write(bytes[at] ?? '');
      run.clock.advance(1000);
    }
    assert.equal(trickle.closed, true);
    assert.equal(dropped('unfinished'), 1);
    const junk = [
      'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
      '\x16\x03\x01\x02\x00',
      'SSH-2.0-OpenSSH_9\r\n',
      '\x03\x00\x00\x13',
    ];
    for (const [index, text] of junk.entries()) {
      const seen = await dial(10 + index);
      seen.stream.write(text);
      assert.deepEqual([seen.closed, seen.heard], [true, []], JSON.stringify(text));
    }
    assert.equal(dropped('junk'), junk.length);
    const endless = await dial(20);
    endless.stream.write(`OPTIONS sip:a@b SIP/2.0\r\nX: ${'x'.repeat(70_000)}`);
    assert.equal(endless.closed, true);
    assert.equal(dropped('framing'), 1);
  });

  it('cost a peer who does not read its own connection only', async () => {
    await start({ limits: { queued: 100_000 } });
    const deaf = await dial(1);
    const fine = await dial(2);
    run.net.hold(deaf.stream);
    for (let n = 0; n < 300 && !deaf.closed; n++) {
      deaf.stream.write(tcp('OPTIONS', { 'Call-ID': `c${n}`, Via: `SIP/2.0/TCP 192.0.2.1:7000;branch=z9hG4bK${n}` }));
      run.app.answer(run.app.fromNetwork.at(-1) ?? '', '200 OK', [`X-Long: ${'x'.repeat(1000)}`]);
    }
    assert.equal(deaf.closed, true);
    assert.equal(dropped('slow_reader'), 1);
    fine.stream.write(tcp('OPTIONS', { 'Call-ID': 'fine' }));
    run.app.answer(run.app.fromNetwork.at(-1) ?? '', '200 OK');
    assert.match(fine.heard[0] ?? '', /^SIP\/2\.0 200/);
    run.clock.advance(40_000);
  });

  describe('that we made', () => {
    const accepted: Seen[] = [];
    const server = { address: '127.0.0.1', port: 6009 };
    beforeEach(async () => {
      accepted.length = 0;
      await start({ keepAliveSeconds: 100 });
      await run.net.listen(server, { type: 'tcp' }, (stream) => accepted.push(watched(stream)));
    });

    const send = async (method: string, extra = ''): Promise<void> => {
      run.app.say('sip||', `${method} sip:bob@127.0.0.1:6009;transport=tcp SIP/2.0\r\n${extra}\r\n`);
      await turn();
    };
    const answer = (status: string, extra: string[] = []): void => {
      const { stream, heard } = accepted.at(-1) ?? assert.fail('no connection');
      const request = heard.at(-1) ?? '';
      const copied = ['Via', 'From', 'To', 'Call-ID', 'CSeq'].map((name) => {
        const value = new RegExp(`^${name}: (.*)$`, 'm').exec(request)?.[1] ?? '';
        return `${name}: ${value}${name === 'To' ? ';tag=bob' : ''}`;
      });
      stream.write([`SIP/2.0 ${status}`, ...copied, ...extra, 'Content-Length: 0', '', ''].join('\r\n'));
    };
    const pings = (seen: Seen | undefined): number => seen?.heard.filter((text) => text === '\r\n\r\n').length ?? 0;

    it('are kept open by double CRLFs while a registration needs them, and closed later', async () => {
      await send('REGISTER', 'Expires: 600\r\n');
      answer('200 OK', ['Contact: <sip:us@127.0.0.1>;expires=600']);
      run.clock.advance(590_000);
      assert.ok(pings(accepted[0]) >= 5 && pings(accepted[0]) <= 7, `${pings(accepted[0])} pings`);
      assert.equal(accepted[0]?.closed, false, 'a peer that never answers does not know the rule');
      const before = pings(accepted[0]);
      run.clock.advance(1_300_000);
      assert.ok(pings(accepted[0]) <= before + 1);
      assert.equal(accepted[0]?.closed, true);
    });

    it('count as dead when a peer that answered pings does not any more; the next request gets a new one', async () => {
      await send('REGISTER', 'Expires: 3600\r\n');
      answer('200 OK', ['Expires: 3600']);
      run.clock.advance(100_000);
      assert.equal(pings(accepted[0]), 1);
      accepted[0]?.stream.write('\r\n');
      run.clock.advance(20_000);
      assert.equal(accepted[0]?.closed, false);
      run.clock.advance(100_000);
      assert.equal(accepted[0]?.closed, true);
      assert.equal(dropped('no_pong'), 1);
      await send('OPTIONS');
      assert.equal(accepted.length, 2);
      answer('200 OK');
    });

    it('are used again, and when one breaks its requests fail at once and the next ones open another', async () => {
      await send('OPTIONS');
      answer('200 OK');
      await send('INVITE');
      assert.equal(accepted.length, 1);
      assert.match(accepted[0]?.heard.at(-1) ?? '', /^INVITE /);
      accepted[0]?.stream.destroy();
      assert.match(run.app.fromNetwork.at(-1) ?? '', /\|sip\|network\|0\|.*\r\nSIP\/2\.0 503 /s);
      await send('OPTIONS', 'X-Again: yes\r\n');
      assert.equal(accepted.length, 2);
      answer('200 OK');
    });

    it('carry what a call needs anew when the one it came by is gone', async () => {
      const caller = await dial(1);
      const contact = '<sip:alice@127.0.0.1:6009;transport=tcp>';
      caller.stream.write(tcp('INVITE', { 'Call-ID': 'call', Contact: contact }));
      run.app.answer(run.app.fromNetwork[0] ?? '', '200 OK', ['Contact: <sip:demo@127.0.0.1>']);
      caller.stream.write(tcp('ACK', { 'Call-ID': 'call', To: toOf(caller) }));
      const dialog = run.app.heard.find((text) => text.includes('Msg sent:'))?.split('|')[11] ?? '';
      run.app.say(`sip||${dialog}`, 'INFO sip:placeholder SIP/2.0\r\n\r\n');
      assert.match(caller.heard.at(-1) ?? '', /^INFO /, 'down the flow that the caller opened');
      assert.equal(accepted.length, 0);
      caller.stream.destroy();
      run.app.say(`sip||${dialog}`, 'INFO sip:placeholder SIP/2.0\r\nX-Again: yes\r\n\r\n');
      await turn();
      assert.match(accepted[0]?.heard.at(-1) ?? '', /^INFO .*X-Again/s);
      run.app.say(`sip||${dialog}`, 'BYE sip:placeholder SIP/2.0\r\n\r\n');
      await turn();
      assert.equal(accepted.length, 1);
      answer('200 OK');
      run.clock.advance(40_000);
    });
  });
});
