import assert from 'node:assert/strict';
import Srf from 'drachtio-srf';
import { systemClock } from '../../../src/base/clock.js';
import { systemChance } from '../../../src/base/ids.js';
import { silentLog } from '../../../src/base/log.js';
import { createMetrics } from '../../../src/base/metrics.js';
import { systemNet } from '../../../src/base/system-net.js';
import { startEngine, type Engine } from '../../../src/protocol/drachtio/server.js';
import { SipPeer, type Seen } from '../../support/sip-peer.js';

const offer = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n';
const answer = offer.replace('4000', '5000');

/** The verbs the library has but does not declare. */
type Verbs = Record<'register' | 'options', (handler: (req: Srf.SrfRequest, res: Srf.SrfResponse) => void) => void>;

interface Call {
  id: string;
  n: number;
  from: string;
  to: string;
  contact: string;
}

function callOf(peer: SipPeer, id: string): Call {
  return {
    id: `${id}@${peer.local.port}`,
    n: 1,
    from: `<sip:alice@127.0.0.1:${peer.local.port}>;tag=a${id}`,
    to: '<sip:100@127.0.0.1>',
    contact: `<sip:alice@127.0.0.1:${peer.local.port}${peer.transport === 'UDP' ? '' : `;transport=${peer.transport}`}>`,
  };
}

function lines(
  peer: SipPeer,
  call: Call,
  method: string,
  uri: string,
  branch = `z9hG4bK${call.id}${method}${call.n}`,
): string[] {
  return [
    `${method} ${uri} SIP/2.0`,
    `Via: SIP/2.0/${peer.transport} 127.0.0.1:${peer.local.port};branch=${branch};rport`,
    'Max-Forwards: 70',
    `From: ${call.from}`,
    `To: ${call.to}`,
    `Call-ID: ${call.id}`,
    `CSeq: ${call.n} ${method}`,
    `Contact: ${call.contact}`,
  ];
}

describe('SIP engine under drachtio-srf', () => {
  let engine: Engine;
  let srf: Srf;
  const peers: SipPeer[] = [];
  const metrics = createMetrics();

  const endpoint = (transport: string) => {
    const found = engine.listening.find((each) => each.transport === transport);
    assert.ok(found);
    return found.local;
  };
  const uri = (transport: string, user = '100') => `sip:${user}@127.0.0.1:${endpoint(transport).port}`;
  const peerOf = async (transport: 'udp' | 'tcp') => {
    const peer = transport === 'udp' ? await SipPeer.udp(endpoint('udp')) : await SipPeer.stream(endpoint('tcp'));
    peers.push(peer);
    return peer;
  };

  beforeEach(async () => {
    engine = await startEngine({
      net: systemNet,
      clock: systemClock,
      chance: systemChance,
      log: silentLog,
      metrics,
      control: { address: '127.0.0.1', port: 0, secret: 'cymru' },
      listen: [
        { transport: 'udp', address: '127.0.0.1', port: 0 },
        { transport: 'tcp', address: '127.0.0.1', port: 0 },
      ],
    });
    srf = new Srf();
    void srf.connect({ host: '127.0.0.1', port: engine.control.port, secret: 'cymru' });
    await new Promise<void>((resolve, reject) =>
      srf.on('connect', (error: Error | null) => (error ? reject(error) : resolve())),
    );
  });

  afterEach(async () => {
    srf.disconnect();
    for (const peer of peers.splice(0)) peer.close();
    await engine.close();
    assert.deepEqual(engine.describe(), []);
    assert.equal(metrics.counted('dualstream_sip_internal_errors_total'), 0);
  });

  for (const transport of ['udp', 'tcp'] as const) {
    it(`answers, is re-invited both ways and hung up by the caller over ${transport}`, async () => {
      const modified: string[] = [];
      const ready = new Promise<Srf.Dialog>((resolve, reject) => {
        srf.invite((req, res) => {
          srf.createUAS(req, res, { localSdp: answer }).then(resolve, reject);
        });
      });
      const alice = await peerOf(transport);
      const call = callOf(alice, 'in1');
      alice.send(lines(alice, call, 'INVITE', uri(transport)), offer);
      await alice.expect('SIP/2.0 100');
      const ok = await alice.expect('SIP/2.0 200');
      assert.equal(ok.message.body.toString(), answer);
      call.to = ok.message.headers.get('to') ?? '';
      const target = /<(.*)>/.exec(ok.message.headers.get('contact') ?? '')?.[1] ?? '';
      alice.send(lines(alice, call, 'ACK', target));
      const dialog = await ready;
      dialog.on('modify', (req: Srf.SrfRequest, res: Srf.SrfResponse) => {
        modified.push(req.body);
        res.send(200, { body: answer });
      });
      call.n = 2;
      alice.send(lines(alice, call, 'INVITE', target), offer.replace('o=- 1 1', 'o=- 1 2'));
      const again = await alice.expect('SIP/2.0 200', (seen) => seen.text.includes('CSeq: 2 INVITE'));
      assert.ok(again.message.headers.has('contact'));
      alice.send(lines(alice, call, 'ACK', target));
      assert.equal(modified.length, 1);

      const remote = dialog.modify(answer.replace('o=- 1 1', 'o=- 1 9'));
      const reinvite = await alice.expect('INVITE');
      alice.answer(reinvite, '200 OK', [`Contact: ${call.contact}`], offer);
      await remote;
      await alice.expect('ACK');

      const destroyed = new Promise((resolve) => dialog.on('destroy', resolve));
      call.n = 3;
      alice.send(lines(alice, call, 'BYE', target));
      await alice.expect('SIP/2.0 200', (seen) => seen.text.includes('CSeq: 3 BYE'));
      await destroyed;
    });

    it(`places a call, which the app ends, over ${transport}`, async () => {
      const bob = await peerOf(transport);
      let target = `sip:bob@127.0.0.1:${bob.local.port}`;
      if (transport === 'tcp') {
        // The engine cannot connect to the peer's own port, so the peer registers and is called down its connection.
        (srf as unknown as Verbs).register((_req, res) => res.send(200));
        bob.send([...lines(bob, callOf(bob, 'reg'), 'REGISTER', uri('tcp')), 'Expires: 60']);
        await bob.expect('SIP/2.0 200');
        target = `sip:alice@127.0.0.1:${bob.local.port};transport=tcp`;
      }
      const dialing = srf.createUAC(target, { localSdp: offer, callingNumber: '1001' } as Srf.CreateUACOptions);
      const invite = await bob.expect('INVITE');
      assert.match(invite.message.headers.get('from') ?? '', /sip:1001@127\.0\.0\.1:\d+>;tag=/);
      bob.answer(invite, '100 Trying');
      bob.answer(invite, '180 Ringing', [`Contact: <${target}>`]);
      bob.answer(invite, '200 OK', [`Contact: <${target}>`], answer);
      const dialog = await dialing;
      await bob.expect('ACK');
      bob.answer(invite, '200 OK', [`Contact: <${target}>`], answer);
      await bob.expect('ACK');
      const bye = dialog.destroy() as unknown as Promise<unknown>;
      bob.answer(await bob.expect('BYE'), '200 OK');
      await bye;
    });

    it(`passes CANCEL and answers 487 over ${transport}`, async () => {
      const cancelled = new Promise<void>((resolve) => {
        srf.invite((req, res) => {
          req.on('cancel', () => resolve());
          res.send(180);
        });
      });
      const alice = await peerOf(transport);
      const call = callOf(alice, 'can');
      alice.send(lines(alice, call, 'INVITE', uri(transport), 'z9hG4bKcan1'), offer);
      await alice.expect('SIP/2.0 180');
      alice.send(lines(alice, call, 'CANCEL', uri(transport), 'z9hG4bKcan1'));
      await alice.expect('SIP/2.0 200', (seen) => seen.text.includes('CSeq: 1 CANCEL'));
      const terminated = await alice.expect('SIP/2.0 487');
      call.to = terminated.message.headers.get('to') ?? '';
      alice.send(lines(alice, call, 'ACK', uri(transport), 'z9hG4bKcan1'));
      await cancelled;
    });

    it(`routes OPTIONS to the app and refuses it without one over ${transport}`, async () => {
      const alice = await peerOf(transport);
      alice.send(lines(alice, callOf(alice, 'opt1'), 'OPTIONS', uri(transport)));
      await alice.expect('SIP/2.0 503');
      (srf as unknown as Verbs).options((_req, res) => res.send(200, { headers: { Allow: 'INVITE' } }));
      const call = callOf(alice, 'opt2');
      let answered: Seen | null = null;
      for (let i = 0; i < 20 && !answered; i++) {
        call.n++;
        alice.send(lines(alice, call, 'OPTIONS', uri(transport)));
        const seen = await alice.expect('SIP/2.0', (each) => each.text.includes(`CSeq: ${call.n} OPTIONS`));
        if (seen.start.includes('200')) answered = seen;
      }
      assert.equal(answered?.message.headers.get('allow'), 'INVITE');
    });
  }

  it('cancels a call of the app only after a provisional response', async () => {
    const bob = await peerOf('udp');
    const cancelAtOnce = (_error: unknown, req: Srf.SrfRequest): void => void req.cancel(() => undefined);
    const dialing = srf.createUAC(
      `sip:bob@127.0.0.1:${bob.local.port}`,
      { localSdp: offer },
      {
        cbRequest: cancelAtOnce as unknown as (req: Srf.SrfRequest) => void,
      },
    );
    const invite = await bob.expect('INVITE');
    bob.answer(invite, '180 Ringing');
    const cancel = await bob.expect('CANCEL');
    bob.answer(cancel, '200 OK');
    bob.answer(invite, '487 Request Terminated');
    await assert.rejects(dialing, /487/);
    await bob.expect('ACK');
  });
});
