import assert from 'node:assert/strict';
import { systemClock } from '../../../src/base/clock.js';
import { systemChance } from '../../../src/base/ids.js';
import { silentLog, type Log } from '../../../src/base/log.js';
import { createMetrics, type Metrics } from '../../../src/base/metrics.js';
import type { ByteStream, Listener } from '../../../src/base/net.js';
import { systemNet } from '../../../src/base/system-net.js';
import { fixedTls, type ClientCertificates, type TlsMaterial } from '../../../src/base/tls.js';
import { defaultLimits, type OutgoingTls } from '../../../src/protocol/sip/transport-options.js';
import { Transports } from '../../../src/protocol/sip/transports.js';
import { selfSignedTest, TestAuthority } from '../../support/certificates.js';
import { waitUntil } from '../../support/wait.js';

const here = '127.0.0.1';

describe('calls to SIP servers by TLS', () => {
  let authority: TestAuthority;
  let metrics: Metrics;
  let said: { fault?: string; why?: string }[];
  const listeners: Listener[] = [];
  const accepted: ByteStream[] = [];
  const all: Transports[] = [];
  const log: Log = { ...silentLog, warn: (fields) => void said.push(fields) };

  before(async () => (authority = await TestAuthority.make()));
  beforeEach(() => {
    metrics = createMetrics();
    said = [];
  });
  afterEach(async () => {
    for (const transports of all.splice(0)) await transports.close();
    for (const listener of listeners.splice(0)) listener.dispose();
    for (const stream of accepted.splice(0)) stream.destroy();
  });

  const server = async (material: TlsMaterial, clients: ClientCertificates = 'off'): Promise<number> => {
    const kind = { type: 'tls' as const, server: fixedTls(material, clients) };
    const listener = await systemNet.listen({ address: here, port: 0 }, kind, (stream) => accepted.push(stream));
    listeners.push(listener);
    return listener.local.port;
  };
  const caller = (tls: Partial<OutgoingTls> = {}): Transports => {
    const transports = new Transports(
      {
        net: systemNet,
        clock: systemClock,
        chance: systemChance,
        log,
        metrics,
        limits: defaultLimits,
        tls: { verify: true, current: () => ({ ca: authority.cert }), ...tls },
        keepAliveSeconds: 0,
        inUse: () => false,
      },
      () => undefined,
    );
    all.push(transports);
    return transports;
  };
  const faults = (fault: string): number =>
    metrics.counted('dualstream_sip_tls_faults_total', { side: 'connected', fault });

  it('go to whose certificate is of the SIP domain, by an authority that we know', async () => {
    const port = await server(await authority.sign({ common: 'x', names: ['sip:example.org', 'sbc1.example.net'] }));
    const flow = await caller().reach('tls', here, port, 'Example.ORG');
    assert.equal(flow.open, true);
    assert.deepEqual(flow.peer?.names.uris, ['sip:example.org']);
    await assert.rejects(
      async () => caller().reach('tls', here, port, 'sbc1.example.net'),
      /not of sbc1\.example\.net but of example\.org/,
    );
    assert.equal(faults('wrong_host'), 1);
    assert.equal(said[0]?.fault, 'wrong_host');
    assert.match(said[0]?.why ?? '', /its certificate is not of sbc1/);
  });

  it('share one connection for a domain, and none for two domains at one address', async () => {
    const port = await server(await authority.sign({ names: ['a.example.org', 'b.example.org'] }));
    const transports = caller();
    const [one, again, other] = await Promise.all(
      ['a.example.org', 'A.example.org', 'b.example.org'].map(async (name) =>
        transports.reach('tls', here, port, name),
      ),
    );
    assert.equal(one, again);
    assert.notEqual(one, other);
    await waitUntil(() => accepted.length === 2, 2000);
  });

  it('tell in words why not, count it, and write one line a second about a peer', async () => {
    const now = Date.now();
    const day = 86_400_000;
    const cases: [string, TlsMaterial][] = [
      ['expired', await authority.sign({ names: [here], from: new Date(now - 9 * day), to: new Date(now - day) })],
      [
        'not_yet_valid',
        await authority.sign({ names: [here], from: new Date(now + day), to: new Date(now + 9 * day) }),
      ],
      ['self_signed', await selfSignedTest({ names: [here] })],
      ['unknown_ca', await (await TestAuthority.make('Stranger')).sign({ names: [here] })],
    ];
    const transports = caller();
    for (const [label, material] of cases) {
      const port = await server(material);
      await assert.rejects(async () => transports.reach('tls', here, port));
      assert.equal(faults(label), 1, label);
    }
    assert.equal(said.length, 1);
    assert.match(said[0]?.why ?? '', /its certificate has expired/);
    const plain = await systemNet.listen({ address: here, port: 0 }, { type: 'tcp' }, (stream) => {
      accepted.push(stream);
      stream.write('SIP/2.0 400 This port is not for TLS\r\n\r\n');
    });
    listeners.push(plain);
    await assert.rejects(async () => transports.reach('tls', here, plain.local.port));
    assert.equal(faults('not_tls'), 1);
  });

  it('may be told not to check, and to take wildcards', async () => {
    const foreign = await server(await selfSignedTest({ names: ['x'] }));
    assert.equal((await caller({ verify: false }).reach('tls', here, foreign)).peer?.verified, false);
    const wild = await server(await authority.sign({ names: ['*.example.org'] }));
    await assert.rejects(async () => caller().reach('tls', here, wild, 'sip.example.org'), /sip\.tls\.wildcards/);
    assert.equal((await caller({ wildcards: true }).reach('tls', here, wild, 'sip.example.org')).open, true);
  });

  it('show our certificate to who asks, the current one', async () => {
    const port = await server(await authority.sign({ names: [here] }), 'required');
    let own = await authority.sign({ common: 'gateway' });
    const current = (): { ca: string; own: TlsMaterial } => ({ ca: authority.cert, own });
    await caller({ current }).reach('tls', here, port);
    own = await authority.sign({ common: 'gateway renewed' });
    await caller({ current }).reach('tls', here, port);
    await waitUntil(() => accepted.length === 2, 2000);
    assert.deepEqual(
      accepted.map(({ peer }) => [peer?.commonName, peer?.verified]),
      [
        ['gateway', true],
        ['gateway renewed', true],
      ],
    );
    // without one, TLS 1.3 tells it after the handshake
    await caller().reach('tls', here, port);
    await waitUntil(() => faults('no_certificate') === 1, 2000);
    assert.match(said[0]?.why ?? '', /wants a certificate from us/);
  });
});
