import assert from 'node:assert/strict';
import { startEndpoint } from '../../scripts/endpoint/endpoint.js';
import { holdsTone } from '../../scripts/endpoint/audio/spectrum.js';
import { note } from '../journeys/support/note.js';
import { startTestGateway, type TestGateway } from '../journeys/support/gateway.js';
import { until } from '../journeys/support/until.js';
import { useEngineAt, type Control } from '../support/engine-elsewhere.js';
import { untilRouted } from '../support/rig-engine.js';
import { describePeer } from '../support/offers.js';
import { startSipRig } from '../support/sip-rig.js';
import { Wire } from '../support/wire.js';
import { drachtio, nothingToTestWith } from './support/drachtio.js';

const here = '127.0.0.1';

describe('the connection to a drachtio-server', function () {
  this.timeout(100_000);
  if (!drachtio) return nothingToTestWith();
  const control = drachtio;
  let gateway: TestGateway | null = null;
  let wire: Wire | null = null;

  afterEach(async () => {
    await gateway?.close();
    gateway = null;
    wire?.close();
    wire = null;
  });

  const start = async (at: Control): Promise<TestGateway> => {
    useEngineAt(at);
    return (gateway = await startTestGateway());
  };

  it('tells where calls are taken', async () => {
    const { core } = (await start(control)).gateway;
    assert.equal(core.engine, null);
    const told = core.listening.map(({ transport, local }) => `${transport} ${local.address}`);
    for (const transport of ['udp', 'tcp', 'ws']) assert.ok(told.includes(`${transport} ${here}`), told.join());
    assert.match(core.webSocket ?? '', /^ws:\/\/127\.0\.0\.1:\d+$/);
  });

  it('is not made with a wrong secret, nor where nobody answers', async () => {
    await assert.rejects(start({ ...control, secret: 'wrong' }), /SIP engine at .*: failed to authenticate/);
    const nobody = await Wire.to(control);
    nobody.close();
    await assert.rejects(start({ ...control, host: here, port: nobody.port }), /SIP engine at .*: nobody answers/);
  });

  it('comes back after it was cut; calls go on meanwhile and can be ended from here', async () => {
    wire = await Wire.to(control);
    const { gateway: running, uri, port } = await start({ ...control, host: here, port: wire.port });
    const anna = await startEndpoint({ uri: uri('demo'), name: 'ANNA', bind: here, audio: 'tone:440' });
    const berta = await startEndpoint({ uri: uri('demo', 'tcp'), name: 'BERTA', bind: here, transport: 'tcp' });
    await berta.waitFor(({ heard }) => holdsTone(heard.tones, 440), 10_000, 'to hear the other');
    wire.cut();
    const from = performance.now();
    await untilRouted({ address: here, port: port('udp') });
    note(`calls are taken again after ${Math.round(performance.now() - from)} ms`);
    const packets = berta.state.heard.packets;
    await berta.waitFor(({ heard }) => heard.packets > packets + 20, 5000, 'sound after the cut');
    assert.equal(await berta.share(), 'granted');
    await anna.waitFor(({ content }) => content.from === 'BERTA', 10_000, 'content after the cut');

    const carla = await startEndpoint({ uri: uri('demo'), name: 'CARLA', bind: here, audio: 'silence' });
    const room = running.core.rooms.find('demo');
    assert.equal(room?.size, 3);
    const seat = room.describe().participants.find(({ name }) => name === 'ANNA');
    await room.remove(seat?.id ?? 0, 'a test');
    assert.match((await anna.over).reason, /Removed from the conference/);
    await carla.hangup();
    await until('her seat to be empty', 5000, () => room.size === 1 || null);
    await berta.hangup();
  });

  it('notices by its silence that a device hung up that the server told 481 after a cut', async () => {
    wire = await Wire.to(control);
    const { gateway: running, uri, port } = await start({ ...control, host: here, port: wire.port });
    const anna = await startEndpoint({ uri: uri('demo'), name: 'ANNA', bind: here, audio: 'tone:440' });
    const berta = await startEndpoint({ uri: uri('demo'), name: 'BERTA', bind: here });
    const room = running.core.rooms.find('demo');
    await until('both', 5000, () => room?.size === 2 || null);
    wire.cut();
    await untilRouted({ address: here, port: port('udp') });
    await anna.hangup();
    const from = performance.now();
    assert.equal(room?.size, 2, 'the server tells the new connection of the BYE: nothing is left to work around');
    await until('her seat to be empty', 25_000, () => room?.size === 1 || null);
    note(`noticed after ${Math.round((performance.now() - from) / 100) / 10} s`);
    assert.equal(running.core.metrics.counted('dualstream_sip_legs_ended_total', { reason: 'silent' }), 1);
    await room.remove(room.describe().participants[0]?.id ?? 0, 'a test');
    assert.match((await berta.over).reason, /Removed from the conference/);
  });

  it('leaves refreshing a session to the server, in its own time', async () => {
    useEngineAt(control);
    const rig = await startSipRig();
    const call = await rig.call('demo');
    await call.invite(describePeer({}), ['Supported: timer', 'Session-Expires: 90;refresher=uas']);
    const refresh = await call.request('INVITE');
    assert.match(refresh.message.headers.get('session-expires') ?? '', /^90;refresher=uac$/);
    assert.equal(refresh.message.body.toString(), call.sdp);
    call.peer.answer(refresh, '200 OK', [`Contact: ${call.contact}`], describePeer({ version: 2 }));
    await call.request('ACK');
    await call.settled();
    assert.equal(rig.room('demo').size, 1);
    await call.bye();
    await rig.nothingLeft();
    await rig.close();
  });
});
