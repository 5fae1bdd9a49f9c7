import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { holdsTone } from '../../scripts/endpoint/audio/spectrum.js';
import { startEndpoint, type Endpoint } from '../../scripts/endpoint/endpoint.js';
import { systemClock } from '../../src/base/clock.js';
import { fixedTls } from '../../src/base/tls.js';
import { noOutgoing } from '../../src/outgoing.js';
import { selfSigned } from '../../src/services/api/certificate.js';
import { engineElsewhere } from '../support/engine-elsewhere.js';
import { Baresip } from './support/baresip.js';
import { startTestGateway, type TestGateway } from './support/gateway.js';
import { skipWithout } from './support/needs.js';

const here = '127.0.0.1';
const tone = { room: 1000, phone: 400 };
const patience = 10_000;

/** sips: to a real phone: its certificate is checked, its signalling is TLS both ways and its media SRTP. */
describe('a room that calls a phone by sips:', function () {
  this.timeout(60_000);
  const directory = mkdtempSync(join(tmpdir(), 'sips-out-'));
  let gateway: TestGateway;
  let endpoint: Endpoint | null = null;
  let phone: Baresip | null = null;

  before(function () {
    skipWithout(this, ['baresip', 'rtpengine']);
    if (engineElsewhere()) this.skip();
  });
  afterEach(async () => {
    await phone?.stop();
    await endpoint?.hangup();
    await gateway?.close();
    [phone, endpoint] = [null, null];
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  const start = async (n: number, trusted: boolean): Promise<string> => {
    const ours = await selfSigned(join(directory, `gateway-${n}`), { hosts: [], addresses: [here] }, systemClock);
    const theirs = await selfSigned(join(directory, `phone-${n}`), { hosts: [], addresses: [here] }, systemClock);
    const certificate = join(directory, `phone-${n}.pem`);
    writeFileSync(certificate, `${theirs.cert}\n${theirs.key}\n`);
    gateway = await startTestGateway({
      web: true,
      change(settings) {
        const rules = { targets: [`*@${here}`], numbers: [] };
        const outgoing = { ...noOutgoing, rules };
        const { sip } = settings;
        if (sip.engine !== 'embedded') return settings;
        const tls = { transport: 'tls' as const, address: here, port: 0, tls: fixedTls(ours) };
        const asked = trusted ? { tls: { current: () => ({ ca: theirs.cert }) } } : {};
        return { ...settings, outgoing, sip: { ...sip, ...asked, tlsVerify: true, listen: [...sip.listen, tls] } };
      },
    });
    const first = 44_000 + n * 200;
    phone = await Baresip.start({
      ...{ name: 'phone', sipPort: 5240 + n * 4, controlPort: 4690 + n, rtpPorts: [first, first + 100] },
      ...{ tone: tone.phone, video: null, encryption: 'srtp-mand', certificate },
    });
    // baresip takes TLS one port above
    return `sips:phone@${here}:${5241 + n * 4}`;
  };

  it('by TLS with SRTP: they hear each other, and the room hangs up by TLS too', async () => {
    const to = await start(0, true);
    endpoint = await startEndpoint({ uri: gateway.uri('demo'), name: 'ROOM', audio: `tone:${tone.room}` });
    const { rooms, dialOut, engine } = gateway.gateway.core;
    const room = rooms.open('demo');
    const id = dialOut.call(room, { to, name: 'PHONE' });
    await phone?.established();
    await endpoint.waitFor(({ heard }) => holdsTone(heard.tones, tone.phone), patience, 'the room to hear the phone');
    assert.equal(room.describe().participants.find((one) => one.id === id)?.encrypted, true);
    const port = Number(/:(\d+)$/.exec(to)?.[1]);
    assert.ok(engine?.describe().includes(`tls ${here}:${port}`), engine?.describe().join('\n'));
    assert.match(phone?.log() ?? '', /audio: SRTP is Enabled/);
    await room.remove(id, 'Anna');
    await phone?.closed();
  });

  it('not at all when its certificate is from nobody that we know', async () => {
    const to = await start(1, false);
    const { rooms, dialOut } = gateway.gateway.core;
    const room = rooms.open('demo');
    const failed = new Promise<{ status: number }>((resolve) => room.on.on('participantFailed', resolve));
    dialOut.call(room, { to, name: 'PHONE' });
    assert.equal((await failed).status, 503);
    assert.ok(!phone?.events.some(({ type }) => type === 'CALL_INCOMING'));
  });
});
