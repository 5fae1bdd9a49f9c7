import assert from 'node:assert/strict';
import type { TrunkSettings } from '../../../src/legs/sip/trunks.js';
import { digestResponse, parseDigest } from '../../../src/protocol/sip-values/digest.js';
import { CalledPeer, startDialRig, trunkOf, type DialRig } from '../../support/dial-rig.js';
import type { Seen, SipPeer } from '../../support/sip-peer.js';
import { waitUntil } from '../../support/wait.js';

const credentials = { user: 'gateway', password: 'pass word', realm: null };
const digits = { rules: { numbers: [{ dialled: /^(?:(\d+))$/, trunk: 'main', to: '0$1' }] } };

describe('trunks', () => {
  let rig: DialRig;
  let peers: SipPeer[];
  const start = async (more: Partial<TrunkSettings> = {}): Promise<void> => {
    rig = await startDialRig({
      ...digits,
      trunks: async ({ peer }) => {
        peers = [await peer(), await peer()];
        return [trunkOf('main', peers, more)];
      },
    });
    rig.story('demo');
  };
  afterEach(async () => {
    await rig.trunks.close();
    await rig.nothingLeft();
    await rig.close();
  });

  const peer = (index: number): SipPeer => {
    const found = peers[index];
    assert.ok(found);
    return found;
  };
  const dial = (to = 'tel:1234'): number => rig.dialOut.call(rig.room('demo'), { to, name: 'Bob' });
  const tells = (last: string): Promise<void> =>
    waitUntil(
      () => rig.story('demo').at(-1) === last,
      3000,
      () => rig.story('demo').join(', '),
    );

  const answerAll = (one: SipPeer, method: string, answer: (request: Seen) => void): void => {
    void one.expect(`${method} `).then((request) => {
      answer(request);
      answerAll(one, method, answer);
    });
  };

  for (const algorithm of ['MD5', 'SHA-256']) {
    it(`answer a 407 with ${algorithm}, once`, async () => {
      await start({ credentials, domain: 'trunk.example.org' });
      const id = dial();
      const first = await CalledPeer.by(peer(0));
      assert.match(first.invite.start, /^INVITE sip:01234@trunk\.example\.org SIP/);
      assert.match(first.header('from'), /<sip:gateway@trunk\.example\.org>/);
      const text = `Proxy-Authenticate: Digest realm="t", nonce="abc", qop="auth", algorithm=${algorithm}`;
      await first.refuse('407 Proxy Authentication Required', [text]);
      const second = await CalledPeer.by(peer(0));
      assert.equal(second.header('call-id'), first.header('call-id'));
      const fields = parseDigest(second.header('proxy-authorization'));
      const field = (name: string): string => fields.get(name) ?? '';
      const expected = digestResponse({
        ...{ algorithm, username: 'gateway', realm: 't', password: 'pass word', nonce: 'abc', method: 'INVITE' },
        ...{ uri: 'sip:01234@trunk.example.org', cnonce: field('cnonce'), nc: field('nc'), qop: 'auth' },
      });
      assert.equal(field('response'), expected);
      await second.take();
      await tells(`joined ${id}`);
      assert.equal(rig.trunks.get('main').calls, 1);
      await second.bye();
      await waitUntil(() => rig.trunks.get('main').calls === 0, 2000);
    });
  }

  it('are not asked for ever when the password is wrong', async () => {
    await start({ credentials });
    dial();
    const text = 'WWW-Authenticate: Digest realm="t", nonce="abc", qop="auth"';
    await (await CalledPeer.by(peer(0))).refuse('401 Unauthorized', [text]);
    await (await CalledPeer.by(peer(0))).refuse('401 Unauthorized', [text]);
    await tells('failed 1 401 Unauthorized');
  });

  it('are tried at the next server after 503, and the failed one is left out', async () => {
    await start();
    const id = dial();
    await (await CalledPeer.by(peer(0))).refuse('503 Service Unavailable');
    const call = await CalledPeer.by(peer(1));
    await call.take();
    await tells(`joined ${id}`);
    assert.equal(rig.metrics.counted('dualstream_trunk_failovers_total', { trunk: 'main' }), 1);
    await call.bye();
    dial();
    await (await CalledPeer.by(peer(1))).refuse('486 Busy Here');
    await tells('failed 2 486 Busy Here');
    assert.equal(peer(0).seen.filter(({ start }) => start.startsWith('INVITE')).length, 1);
  });

  for (const optionsMs of [0, 30_000]) {
    it(`leave a server alone for as long as its 503 asks, asked by OPTIONS every ${optionsMs} ms`, async () => {
      await start({ optionsMs });
      for (const one of peers) answerAll(one, 'OPTIONS', (request) => one.answer(request, '200 OK'));
      rig.trunks.start();
      const states = (): string[] => rig.trunks.list()[0]?.servers.map(({ state }) => state) ?? [];
      if (optionsMs > 0) await waitUntil(() => states().join() === 'up,up', 2000);
      const to = async (index: number): Promise<void> => {
        const id = dial();
        await (await CalledPeer.by(peer(index))).refuse('486 Busy Here');
        await tells(`failed ${id} 486 Busy Here`);
      };
      dial();
      await (await CalledPeer.by(peer(0))).refuse('503 Service Unavailable', ['Retry-After: 120 (full);duration=9']);
      await (await CalledPeer.by(peer(1))).refuse('486 Busy Here');
      await tells('failed 1 486 Busy Here');
      const [first] = rig.trunks.list()[0]?.servers ?? [];
      assert.equal(first?.state, 'aside');
      assert.equal(first.reason, '503 Service Unavailable, to be left alone for 120 s');
      const seconds = ((first.asideUntil ?? 0) - rig.clock.wall()) / 1000;
      assert.ok(seconds > 110 && seconds <= 120, `${seconds} s`);
      assert.equal(rig.metrics.counted('dualstream_trunk_server_up', { trunk: 'main', server: first.uri }), 0);
      const asked = (): number => peer(0).seen.filter(({ start: line }) => line.startsWith('OPTIONS')).length;
      const before = asked();
      rig.clock.skip(100_000);
      await to(1);
      assert.equal(asked(), before);
      rig.clock.skip(21_000);
      await waitUntil(() => states()[0] === (optionsMs > 0 ? 'up' : 'unknown'), 2000);
      await to(0);
      assert.equal(asked() > before, optionsMs > 0);
    });
  }

  it('are tried at the next server when one does not react, within seconds', async () => {
    await start();
    const id = dial();
    await CalledPeer.by(peer(0));
    rig.clock.skip(4000);
    const call = await CalledPeer.by(peer(1));
    await call.take();
    await tells(`joined ${id}`);
    await call.bye();
    rig.sipClock.skip(33_000);
  });

  it('do not hunt on when somebody said no', async () => {
    await start();
    dial();
    await (await CalledPeer.by(peer(0))).refuse('603 Decline');
    await tells('failed 1 603 Decline');
    assert.equal(peer(1).seen.length, 0);
  });

  it('send a call nowhere else, whatever they say', async () => {
    await start();
    dial();
    const { port } = peer(1).local;
    await (await CalledPeer.by(peer(0))).refuse('302 Moved', [`Contact: <sip:x@127.0.0.1:${port}>`]);
    await tells('failed 1 302 redirected to where nobody may be called');
    assert.equal(peer(1).seen.length, 0);
  });

  it('take as many calls as they may', async () => {
    await start({ maxCalls: 1 });
    const id = dial();
    const call = await CalledPeer.by(peer(0));
    assert.throws(() => dial(), /trunk main has 1 calls already/);
    await call.take();
    await tells(`joined ${id}`);
    await call.bye();
  });

  it('are asked whether they are there, and are down when they are not', async () => {
    await start({ optionsMs: 30_000 });
    answerAll(peer(0), 'OPTIONS', (request) => peer(0).answer(request, '404 Not Found'));
    rig.trunks.start();
    await waitUntil(() => rig.trunks.describe().filter((line) => line.endsWith(' up')).length === 1, 2000);
    rig.clock.skip(6000);
    await waitUntil(() => rig.trunks.describe().filter((line) => line.endsWith(' down')).length === 1, 2000);
    dial();
    await (await CalledPeer.by(peer(0))).refuse('486 Busy Here');
    await tells('failed 1 486 Busy Here');
    await rig.trunks.close();
    rig.sipClock.skip(33_000);
  });

  it('know us by our registration, which is taken back at the end', async () => {
    await start({ credentials, register: true, domain: 'trunk.example.org' });
    rig.trunks.start();
    const first = await peer(0).expect('REGISTER ');
    assert.match(first.text, /^REGISTER sip:trunk\.example\.org SIP/);
    assert.match(first.text, /Contact: <sip:gateway@127\.0\.0\.1:\d+>/);
    const text = 'WWW-Authenticate: Digest realm="t", nonce="abc", qop="auth", algorithm=SHA-256';
    peer(0).answer(first, '401 Unauthorized', [text]);
    const second = await peer(0).expect('REGISTER ');
    assert.match(second.text, /Authorization: Digest .*algorithm=SHA-256/);
    assert.ok(!second.text.includes('pass word'));
    peer(0).answer(second, '200 OK', ['Contact: <sip:gateway@127.0.0.1>;expires=600']);
    await waitUntil(() => rig.trunks.describe().includes('main registered'), 2000);
    rig.clock.skip(480_000);
    const renewal = await peer(0).expect('REGISTER ');
    peer(0).answer(renewal, '200 OK', ['Expires: 600']);
    await waitUntil(() => rig.trunks.describe().includes('main registered'), 2000);
    const closing = rig.trunks.close();
    const goodbye = await peer(0).expect('REGISTER ', ({ text }) => /^Expires: 0\r$/m.test(text));
    peer(0).answer(goodbye, '200 OK');
    await closing;
  });

  it('own the calls of their servers and networks', async () => {
    await start({ sources: ['198.51.100.0/24'] });
    for (const address of ['127.0.0.1', '::ffff:127.0.0.1', '198.51.100.9']) {
      assert.equal(rig.trunks.bySource(address), 'main', address);
    }
    for (const address of ['127.0.0.2', '198.51.101.9', '', 'x']) assert.equal(rig.trunks.bySource(address), null);
  });
});
