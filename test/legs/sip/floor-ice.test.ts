import assert from 'node:assert/strict';
import type { BfcpClientLink } from '../../../src/legs/bfcp-party/client-link.js';
import { hostPriority } from '../../../src/protocol/ice/agent.js';
import { readFingerprint } from '../../../src/protocol/sdp/fingerprint.js';
import { bench, floorIdentity, type Identities } from '../../support/bfcp.js';
import { describePeer } from '../../support/offers.js';
import type { RawCall } from '../../support/raw-call.js';
import { startSipRig, type SipRig } from '../../support/sip-rig.js';
import { saidIn } from '../../support/web-floor.js';

const here = '127.0.0.1';

describe('calls with floor control over DTLS', () => {
  let identities: Identities;
  let rig: SipRig;
  let call: RawCall;
  let client: BfcpClientLink;

  before(async () => {
    identities = { party: await floorIdentity('gateway'), client: await floorIdentity('device') };
    rig = await startSipRig({ floorIdentity: identities.party });
  });
  afterEach(async () => {
    client.close();
    await call.bye();
    await rig.nothingLeft();
  });
  after(() => rig.close());

  for (const [transport, ice] of [
    ['DTLS', true],
    ['DTLS', false],
    ['TCP-DTLS', true],
    ['TCP-DTLS', false],
  ] as const) {
    it(`${transport === 'DTLS' ? 'on UDP' : 'on TCP'} ${ice ? 'with' : 'without'} ICE present`, async () => {
      client = await bench(identities).client(transport);
      const theirs = client.ice;
      assert.ok(theirs);
      const udp = transport === 'DTLS';
      const kind = udp
        ? `UDP ${hostPriority} ${here} ${client.port} typ host`
        : `TCP 1 ${here} 9 typ host tcptype active`;
      const said = [`ice-ufrag:${theirs.ufrag}`, `ice-pwd:${theirs.pwd}`, `candidate:1 1 ${kind}`].map(
        (line) => `a=${line}\r\n`,
      );
      const { fingerprint } = identities.client;
      const offer = describePeer({
        content: 'sendrecv',
        floor: transport,
        setup: 'active',
        fingerprint,
        floorPort: client.port,
      });
      call = await rig.call('demo', 'Anna');
      await call.invite(ice ? offer.replace('a=setup:active\r\n', `a=setup:active\r\n${said.join('')}`) : offer);

      const told = readFingerprint(/^a=fingerprint:(.*)$/m.exec(call.sdp)?.[1] ?? '');
      const port = Number(/^m=application (\d+) /m.exec(call.sdp)?.[1]);
      assert.ok(told && port > 0);
      assert.equal(saidIn(call.sdp, 'setup'), 'passive');
      const ours = { ufrag: saidIn(call.sdp, 'ice-ufrag'), pwd: saidIn(call.sdp, 'ice-pwd') };
      assert.equal(ours.ufrag !== '', ice);
      const number = (name: string): number => Number(saidIn(call.sdp, name));
      await client.connect({
        ...{ remote: { address: here, port }, version: udp ? 2 : 1, setup: 'active' },
        ...{ confId: number('confid'), userId: number('userid'), floorId: number('floorid') },
        tls: { server: false, fingerprints: [told] },
        ...(ice
          ? { ice: { ours: theirs, theirs: ours, places: [{ address: here, port, priority: 1 }], controlling: true } }
          : {}),
      });
      assert.equal(await client.request(), 'granted');
      assert.equal(rig.room('demo').describe().floor.holder?.name, 'Anna');
      assert.equal(await client.release(), 'released');
    });
  }
});
