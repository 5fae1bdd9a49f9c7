import assert from 'node:assert/strict';
import { silentLog } from '../../../src/base/log.js';
import { DialOut } from '../../../src/rooms/dial-out.js';
import { endpointOf, transportOf } from '../../../src/protocol/h323/addresses.js';
import { nameOf } from '../../../src/protocol/h323/ras/messages.js';
import { campus } from '../../support/campus.js';
import { settle, startH323Rig, type H323Rig } from '../../support/h323-rig.js';
import { ManualClock } from '../../support/manual-clock.js';
import { admitted, scriptedGatekeeper } from '../../support/scripted-gatekeeper.js';
import { TurnNet } from '../../support/turn-net.js';

describe('we register with a gatekeeper elsewhere', () => {
  let there: H323Rig;
  let here: H323Rig;

  const begin = async (): Promise<void> => {
    const [net, clock] = [new TurnNet(), new ManualClock()];
    const at = { address: '127.0.0.2', port: 1720 };
    there = await startH323Rig({ net, clock, at, devices: {}, mediaPort: 30_000 });
    here = await startH323Rig({
      ...{ net, clock, targets: [], gatekeepers: [campus], mostCalls: 1 },
      numbers: [{ dialled: /^9(.+)$/, registration: 'campus', to: '$1' }],
    });
    await settle(clock);
  };
  const call = async (rig: H323Rig, to: string): Promise<string[]> => {
    const { clock, metrics, dialer } = rig;
    const room = rig.room('demo');
    const failed: string[] = [];
    const watch = room.on.on('participantFailed', ({ status, reason }) => failed.push(`${status} ${reason}`));
    new DialOut({ dialers: [dialer], clock, log: silentLog, metrics, perRoom: 5 }).call(room, { to });
    await settle(clock);
    watch.dispose();
    return failed;
  };
  const asked = (message: string): number =>
    there.metrics.counted('dualstream_h323_ras_messages_total', { direction: 'in', message });
  const shown = (): string => {
    const [one] = here.gatekeepers.list();
    return [one?.registered, one?.calls, one?.servers[0]?.uri].join(' ');
  };

  afterEach(async () => {
    const both = [here.close(), there.close()];
    await settle(here.clock, 12_000);
    await Promise.all(both);
    assert.equal(here.clock.pending, 0);
  });

  it('is shown as trunks are, and calls by its leave', async () => {
    await begin();
    assert.equal(shown(), 'true 0 h323:127.0.0.2:1719');
    assert.deepEqual(await call(here, 'h323:9echo'), []);
    assert.equal(shown(), 'true 1 h323:127.0.0.2:1719');
    assert.equal(there.room('echo').size, 1);
    assert.equal(asked('admissionRequest'), 1);
    assert.equal(asked('resourcesAvailableIndicate'), 1);
    const [failed] = await call(here, 'h323:9echo');
    assert.match(failed ?? '', /^503/);
    await Promise.all(here.legs('demo').map((leg) => leg.end({ kind: 'left' })));
    await settle(here.clock);
    assert.equal(asked('disengageRequest'), 1);
    assert.equal(asked('resourcesAvailableIndicate'), 2);
    assert.equal(shown(), 'true 0 h323:127.0.0.2:1719');
  });

  it('is refused what the gatekeeper does not know', async () => {
    await begin();
    const [failed] = await call(here, 'h323:9nowhere');
    assert.match(failed ?? '', /^404 .*calledPartyNotRegistered/);
    assert.equal(shown(), 'true 0 h323:127.0.0.2:1719');
  });

  it('is led to other addresses where nobody is at the first one', async () => {
    const [net, clock] = [new TurnNet(), new ManualClock()];
    const at = { address: '127.0.0.2', port: 1720 };
    const callSignalAddress = (port: number) => [transportOf({ ...at, port })];
    const gatekeeper = await scriptedGatekeeper(
      net,
      { ...at, port: 1719 },
      ({ admissionRequest: one }) =>
        one &&
        admitted(one.requestSeqNum, {
          destCallSignalAddress: transportOf({ ...at, port: 1799 }),
          alternateEndpoints: [
            { callSignalAddress: callSignalAddress(1720), priority: 9 },
            { callSignalAddress: callSignalAddress(1798), priority: 1 },
          ],
        }),
    );
    there = await startH323Rig({ net, clock, at, mediaPort: 30_000 });
    here = await startH323Rig({
      ...{ net, clock, targets: [], gatekeepers: [campus] },
      numbers: [{ dialled: /^9(.+)$/, registration: 'campus', to: '$1' }],
    });
    await settle(clock);
    const told = (): (string | undefined)[] =>
      gatekeeper.heard.map((one) => nameOf(one)).filter((name) => /^(admission|disengage)/.test(name));
    assert.deepEqual(await call(here, 'h323:9echo'), []);
    assert.equal(there.room('echo').size, 1);
    assert.equal(shown(), 'true 1 h323:127.0.0.2:1719');
    assert.deepEqual(told(), ['admissionRequest']);
    await Promise.all(here.legs('demo').map((leg) => leg.end({ kind: 'left' })));
    await settle(clock);
    assert.deepEqual(told(), ['admissionRequest', 'disengageRequest']);
    // who is there and says no is not gone round
    const [refused] = await call(here, 'h323:9nowhere');
    assert.match(refused ?? '', /^404/);
    assert.equal(there.metrics.counted('dualstream_h323_setups_total'), 2);
    assert.deepEqual(told().length, 4);
    const [silent] = await (gatekeeper.close(), there.endpoint.close(), call(here, 'h323:9echo'));
    assert.equal(silent, undefined);
    await settle(clock, 16_000);
    assert.equal(shown().split(' ')[1], '0');
  });

  it('goes to no other address when somebody refused, and gives leave back that came too late', async () => {
    const [net, clock] = [new TurnNet(), new ManualClock()];
    const at = { address: '127.0.0.2', port: 1720 };
    const [own, other] = ['127.0.0.1', '127.0.0.3'].map((address) => ({ address, port: 1720 }));
    assert.ok(own && other);
    let late = false;
    const alternateEndpoints = [own, other].map((one) => ({ callSignalAddress: [transportOf(one)] }));
    const gatekeeper = await scriptedGatekeeper(net, { ...at, port: 1719 }, ({ admissionRequest: one }) => {
      if (one && late) return { requestInProgress: { requestSeqNum: one.requestSeqNum, delay: 60_000 } };
      return one && admitted(one.requestSeqNum, { destCallSignalAddress: transportOf(at), alternateEndpoints });
    });
    there = await startH323Rig({ net, clock, at, mediaPort: 30_000 });
    const third = await startH323Rig({ net, clock, at: other, mediaPort: 40_000 });
    here = await startH323Rig({
      ...{ net, clock, targets: [], gatekeepers: [campus] },
      numbers: [{ dialled: /^9(.+)$/, registration: 'campus', to: '$1' }],
    });
    await settle(clock);
    const setups = (rig: H323Rig): number => rig.metrics.counted('dualstream_h323_setups_total');
    assert.match((await call(here, 'h323:9nowhere'))[0] ?? '', /^404/);
    assert.deepEqual([setups(there), setups(third)], [1, 0]);
    // nobody at the first one: not to ourselves, but to the third
    const closed = there.endpoint.close();
    await settle(clock);
    await closed;
    await call(here, 'h323:9echo');
    assert.deepEqual([setups(here), setups(third)], [0, 1]);
    await Promise.all(here.legs('demo').map((leg) => leg.end({ kind: 'left' })));
    late = true;
    const { metrics, dialer } = here;
    const id = new DialOut({ dialers: [dialer], clock, log: silentLog, metrics, perRoom: 5 }).call(here.room('demo'), {
      to: 'h323:9echo',
    });
    await settle(clock);
    assert.ok(here.room('demo').calls.cancel(id, { kind: 'left' }));
    await settle(clock);
    assert.equal(here.room('demo').calls.size, 0);
    // the only call that may go out by it can be another one at once
    assert.equal(shown(), 'true 0 h323:127.0.0.2:1719');
    const asked = gatekeeper.heard.findLast((one) => one.admissionRequest)?.admissionRequest;
    const ends = () => gatekeeper.heard.flatMap(({ disengageRequest: one }) => (one ? [one] : []));
    const before = ends().length;
    const ras = endpointOf(gatekeeper.heard.find((one) => one.registrationRequest)?.registrationRequest?.rasAddress[0]);
    assert.ok(asked && ras);
    gatekeeper.send(admitted(asked.requestSeqNum), ras);
    await settle(clock);
    assert.deepEqual(ends().slice(before)[0]?.callIdentifier, asked.callIdentifier);
    assert.equal(shown(), 'true 0 h323:127.0.0.2:1719');
    const left = third.close();
    await settle(clock, 6000);
    await left;
    gatekeeper.close();
  });

  it('is held by a call that rings until that is over, and told why', async () => {
    const [net, clock] = [new TurnNet(), new ManualClock()];
    const at = { address: '127.0.0.2', port: 1720 };
    const place = { address: '127.0.0.1', port: 0 };
    const gatekeeper = await scriptedGatekeeper(
      net,
      { ...at, port: 1719 },
      ({ admissionRequest: one }) => one && admitted(one.requestSeqNum, { destCallSignalAddress: transportOf(place) }),
    );
    there = await startH323Rig({ net, clock, at, mediaPort: 30_000 });
    here = await startH323Rig({
      ...{ net, clock, targets: [], gatekeepers: [campus] },
      numbers: [{ dialled: /^9(.+)$/, registration: 'campus', to: '$1' }],
    });
    const device = await here.peer();
    place.port = device.port;
    await settle(clock);
    const { metrics, dialer } = here;
    const room = here.room('demo');
    const id = new DialOut({ dialers: [dialer], clock, log: silentLog, metrics, perRoom: 5 }).call(room, {
      to: 'h323:91',
    });
    await settle(clock);
    assert.equal(device.call?.state, 'alerting');
    assert.equal(shown(), 'true 1 h323:127.0.0.2:1719');
    assert.ok(room.calls.cancel(id, { kind: 'removed', by: 'somebody' }));
    await settle(clock);
    const ends = gatekeeper.heard.flatMap(({ disengageRequest: one }) => one?.terminationCause ?? []);
    // Q.850: call rejected
    assert.deepEqual(ends, [{ releaseCompleteCauseIE: Buffer.from([0x80, 0x80 | 21]) }]);
    assert.equal(shown(), 'true 0 h323:127.0.0.2:1719');
    gatekeeper.close();
  });

  it('ends calls when its gatekeeper wants that, and answers nobody who is gone when leave comes', async () => {
    const [net, clock] = [new TurnNet(), new ManualClock()];
    const at = { address: '127.0.0.2', port: 1720 };
    let late = false;
    const gatekeeper = await scriptedGatekeeper(net, { ...at, port: 1719 }, ({ admissionRequest: one }) => {
      if (one && late) return { requestInProgress: { requestSeqNum: one.requestSeqNum, delay: 60_000 } };
      return one && admitted(one.requestSeqNum, { destCallSignalAddress: transportOf(at) });
    });
    there = await startH323Rig({ net, clock, at, mediaPort: 30_000 });
    here = await startH323Rig({ net, clock, gatekeepers: [campus] });
    await settle(clock);
    const ras = endpointOf(gatekeeper.heard.find((one) => one.registrationRequest)?.registrationRequest?.rasAddress[0]);
    const asked = () => gatekeeper.heard.flatMap(({ admissionRequest: one }) => one ?? []).at(-1);
    const caller = await (await here.peer()).dial('8800');
    assert.equal(caller.call?.state, 'active');
    const { conferenceID, callReferenceValue, callIdentifier } = asked() ?? assert.fail();
    assert.ok(ras);
    const names = { conferenceID, callReferenceValue, callIdentifier, endpointIdentifier: 'ep1' };
    const disengageRequest = { requestSeqNum: 5, disengageReason: { forcedDrop: true }, ...names } as const;
    gatekeeper.send({ disengageRequest }, ras);
    await settle(clock);
    assert.equal(caller.released?.by, 'peer');
    assert.equal(here.rooms.find('8800')?.size ?? 0, 0);
    late = true;
    const gone = await (await here.peer()).dial('8800');
    assert.equal(gone.call?.state, 'proceeding');
    await gone.hangUp();
    const ends = (): number => gatekeeper.heard.filter((one) => one.disengageRequest).length;
    const before = ends();
    gatekeeper.send(admitted(asked()?.requestSeqNum ?? 0), ras);
    await settle(clock);
    assert.equal(ends(), before + 1);
    assert.equal(here.gateway.size, 0);
    gatekeeper.close();
  });

  it('says again that it is nearly full when it registers anew', async () => {
    const [net, clock] = [new TurnNet(), new ManualClock()];
    const at = { address: '127.0.0.2', port: 1720 };
    const gatekeeper = await scriptedGatekeeper(
      net,
      { ...at, port: 1719 },
      ({ admissionRequest: one }) => one && admitted(one.requestSeqNum, { destCallSignalAddress: transportOf(at) }),
    );
    there = await startH323Rig({ net, clock, at, mediaPort: 30_000 });
    here = await startH323Rig({
      ...{ net, clock, targets: [], gatekeepers: [campus], mostCalls: 1 },
      numbers: [{ dialled: /^9(.+)$/, registration: 'campus', to: '$1' }],
    });
    await settle(clock, 12_000);
    await call(here, 'h323:9echo');
    const full = () =>
      gatekeeper.heard.flatMap(({ resourcesAvailableIndicate: one }) => one?.almostOutOfResources ?? []);
    // nobody answers it, so it is said three times
    await settle(clock, 15_000);
    assert.deepEqual(full(), [true, true, true]);
    const ras = endpointOf(gatekeeper.heard.find((one) => one.registrationRequest)?.registrationRequest?.rasAddress[0]);
    assert.ok(ras);
    gatekeeper.send({ unregistrationRequest: { requestSeqNum: 3, callSignalAddress: [] } }, ras);
    await settle(clock);
    assert.deepEqual(full(), [true, true, true, true]);
    gatekeeper.close();
  });

  it('reports its calls by themselves and when it is asked, with their media', async () => {
    const [net, clock] = [new TurnNet(), new ManualClock()];
    const at = { address: '127.0.0.2', port: 1720 };
    const gatekeeper = await scriptedGatekeeper(net, { ...at, port: 1719 }, ({ admissionRequest: one, ...rest }) => {
      const asked = rest.infoRequestResponse;
      if (asked) return { infoRequestAck: { requestSeqNum: asked.requestSeqNum } };
      const answer = { destCallSignalAddress: transportOf(at), irrFrequency: 10, willRespondToIRR: true };
      return one && admitted(one.requestSeqNum, answer);
    });
    there = await startH323Rig({ net, clock, at, mediaPort: 30_000 });
    here = await startH323Rig({
      ...{ net, clock, targets: [], gatekeepers: [campus] },
      numbers: [{ dialled: /^9(.+)$/, registration: 'campus', to: '$1' }],
    });
    await settle(clock);
    await call(here, 'h323:9echo');
    const reports = () => gatekeeper.heard.flatMap(({ infoRequestResponse: one }) => (one ? [one] : []));
    assert.deepEqual(reports(), []);
    await settle(clock, 21_000);
    assert.equal(reports().length, 2);
    const [leg] = here.legs('demo');
    const told = reports()[0]?.perCallInfo?.[0];
    assert.equal(leg?.parts.call.setup?.endpointIdentifier, 'ep1');
    assert.equal(told?.callIdentifier?.guid.toString('hex'), leg?.parts.call.callIdentifier);
    const { audio, video } = leg?.lines ?? {};
    const lines = [...(told?.audio ?? []), ...(told?.video ?? [])].map(
      ({ ssrc, rtpAddress, rtcpAddress, sessionId }) => [
        ...[sessionId, ssrc, endpointOf(rtpAddress.sendAddress)?.port, endpointOf(rtcpAddress.sendAddress)?.port],
        endpointOf(rtpAddress.recvAddress),
      ],
    );
    const expected = [audio, video].map((line, index) => [
      ...[index + 1, line?.ssrc, line?.local.rtpPort, line?.local.rtcpPort],
      { address: line?.params?.remote?.address, port: line?.params?.remote?.rtpPort },
    ]);
    assert.deepEqual(lines, expected);
    assert.deepEqual(endpointOf(told?.callSignalling.recvAddress), at);
    assert.equal(told?.usageInformation?.connectTime, Math.floor((clock.wall() - 21_000) / 1000));
    const from = reports()[0]?.rasAddress;
    const ras = endpointOf(from);
    assert.ok(ras);
    gatekeeper.send({ infoRequest: { requestSeqNum: 99, callReferenceValue: 0 } }, ras);
    await settle(clock);
    const [, , asked] = reports();
    assert.deepEqual([asked?.requestSeqNum, asked?.perCallInfo?.length, asked?.unsolicited], [99, 1, false]);
    await Promise.all(here.legs('demo').map((one) => one.end({ kind: 'left' })));
    await settle(clock, 30_000);
    assert.equal(reports().length, 3);
    gatekeeper.close();
  });

  it('is called by it, and asks before it answers', async () => {
    await begin();
    assert.deepEqual(await call(there, 'h323:8800'), []);
    assert.equal(here.room('8800').size, 1);
    assert.equal(asked('admissionRequest'), 1);
    there.devices.close();
    await settle(here.clock);
    assert.equal(here.gatekeepers.list()[0]?.registered, false);
    assert.equal(here.room('8800').size, 1);
  });
});
