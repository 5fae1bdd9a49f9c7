import assert from 'node:assert/strict';
import { systemClock } from '../../../src/base/clock.js';
import { systemChance } from '../../../src/base/ids.js';
import { silentLog } from '../../../src/base/log.js';
import { createMetrics } from '../../../src/base/metrics.js';
import type { WebServer } from '../../../src/legs/bfcp-party/contract.js';
import { webBfcpGateway, type WebFloorAccess } from '../../../src/legs/bfcp-party/web-gateway.js';
import { openWebSocket } from '../../../src/services/ws-client.js';
import { apiUnderTest } from '../../services/api/support.js';
import { selfSignedTest, type TestCertificate } from '../../support/certificates.js';
import { FakeFloor } from '../../support/floor-desks.js';
import { describePeer } from '../../support/offers.js';
import type { RawCall } from '../../support/raw-call.js';
import { startSipRig, type SipRig } from '../../support/sip-rig.js';
import { waitUntil } from '../../support/wait.js';
import { saidIn } from '../../support/web-floor.js';

const here = '127.0.0.1';

describe('calls of an MCU that takes floor control over WebSockets (RFC 8857)', () => {
  const mcu = webBfcpGateway({ clock: systemClock, chance: systemChance, log: silentLog, metrics: createMetrics() });
  let certificate: TestCertificate;
  let api: Awaited<ReturnType<typeof apiUnderTest>>;
  let rig: SipRig;
  let may = true;
  let dialled: string[];
  let access: WebFloorAccess;
  let floor: FakeFloor;
  let call: RawCall;

  before(async () => {
    certificate = await selfSignedTest({ common: 'mcu', names: [here] });
    api = await apiUnderTest({ https: { address: here, port: 0, ...certificate }, onBfcp: mcu.accept.bind(mcu) });
    const open = ({ uri }: WebServer): ReturnType<typeof openWebSocket> => {
      dialled.push(uri);
      return openWebSocket(uri, { protocol: 'bfcp', largest: 4096, timeoutMs: 3000, ca: certificate.ca });
    };
    rig = await startSipRig({ dialWeb: { may: () => may, open } });
  });
  beforeEach(() => {
    may = true;
    dialled = [];
    floor = new FakeFloor();
    const desk = floor.desk(1, 'Room');
    access = mcu.issue(desk, { name: 'Room' });
    floor.join(1, access.party);
  });
  afterEach(async () => {
    await call.bye();
    await rig.nothingLeft();
    access.close();
  });
  after(async () => {
    await rig.close();
    await api.close();
    mcu.close();
  });

  const uri = (): string => `wss://${here}:${api.api.https?.port ?? 0}/bfcp?token=${access.token}`;
  const invite = async (setup = 'passive'): Promise<void> => {
    call = await rig.call('demo', 'MCU');
    const { confId, userId, floorId } = access;
    const serves = { confId, userId, floorId };
    await call.invite(describePeer({ content: 'sendrecv', floor: 'WSS', setup, serves, websocketUri: uri() }));
  };

  it('are connected to, and the floor of the MCU is asked for when somebody presents here', async () => {
    await invite();
    assert.match(call.sdp, /^m=application 9 TCP\/WSS\/BFCP \*/m);
    assert.deepEqual(
      ['setup', 'connection', 'floorctrl'].map((name) => saidIn(call.sdp, name)),
      ['active', 'new', 'c-only'],
    );
    await waitUntil(() => access.party.standing.channel === 'up', 5000);
    assert.deepEqual(dialled, [uri()]);
    const [one] = rig.room('demo').describe().participants;
    assert.equal(one?.name, 'MCU');
  });

  it('keep the connection through a change of the session', async () => {
    await invite();
    await waitUntil(() => access.party.standing.channel === 'up', 5000);
    const { confId, userId, floorId } = access;
    const more = {
      connection: 'existing' as const,
      version: 2,
      serves: { confId, userId, floorId },
      websocketUri: uri(),
    };
    await call.invite(describePeer({ content: 'sendrecv', floor: 'WSS', setup: 'passive', ...more }));
    assert.equal(saidIn(call.sdp, 'connection'), 'existing');
    assert.equal(dialled.length, 1);
    assert.equal(access.party.standing.channel, 'up');
  });

  it('go on without floor control where the host is not one that the operator listed', async () => {
    may = false;
    await invite();
    assert.match(call.sdp, /^m=application 0 TCP\/WSS\/BFCP \*/m);
    assert.deepEqual(dialled, []);
  });
});
