import assert from 'node:assert/strict';
import { transportOf } from '../../../../src/protocol/h323/addresses.js';
import { aliasOf } from '../../../../src/protocol/h323/aliases.js';
import { refusal } from '../../../../src/protocol/h323/ras/gatekeeper/refusals.js';
import {
  answersTo,
  protocolIdentifier,
  writeRas,
  type RequestName,
} from '../../../../src/protocol/h323/ras/messages.js';
import { printCapture } from '../../../../src/protocol/pcapng/blocks.js';
import { udpPacket } from '../../../../src/protocol/pcapng/ip.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { dissect, hasTshark } from '../../../support/tshark.js';
import { callOf, clientOn, exchange, gatekeeperAt, gatekeeperOn, password, RasNet } from './rig.js';

/** Everything that a client and a gatekeeper say to each other. */
async function everything(): Promise<Buffer[]> {
  const net = new RasNet(new ManualClock());
  const { gatekeeper } = gatekeeperOn(net, {
    reports: 10,
    preGranted: false,
    traversal: 'always',
    neighbours: () => true,
  });
  const alice = clientOn(net, ['alice', '1001'], {
    ...password('alice', 'secret1'),
    traversal: true,
    kind: 'mcu',
    prefixes: ['7'],
  });
  const carol = clientOn(net, ['carol'], { kind: 'gateway', prefixes: ['8'] });
  for (const { client } of [alice, carol]) client.start();
  await net.run(500);
  const local = { address: '192.0.2.9', port: 4000 };
  const path = { local, remote: { address: '2001:db8::1', port: 5000 } };
  const pair = (at: typeof local) => ({ rtp: at, rtcp: { ...at, port: at.port + 1 } });
  const session = { ssrc: 4_000_000_000, cname: 'us@home', local: pair(local), remote: pair(path.remote) };
  const report = () => ({
    audio: [{ ...session, sessionId: 1 }],
    video: [
      { ...session, sessionId: 2 },
      { ...session, sessionId: 32, remote: null },
    ],
    data: [{ ...session, sessionId: 3 }],
    connectedAt: 1_800_000_000_000,
    signalling: path,
    h245: path,
  });
  const ask = callOf(['carol'], { sourceAddress: local, report });
  const calls = [alice.client.admit(ask)];
  await net.run(500);
  calls.push(carol.client.admit({ ...ask, answerCall: true }));
  await net.run(11_000);
  for (const call of calls) void (await call).bandwidth(4000);
  void alice.client.admit(callOf(['nobody'])).catch(() => undefined);
  const { device } = gatekeeper.locate('alice') ?? assert.fail();
  void gatekeeper.ring(device, { address: local, callIdentifier: 'ab'.repeat(16) });
  const replyAddress = transportOf({ address: '2001:db8::9', port: 1719 });
  await exchange(
    net,
    { address: '2001:db8::9', port: 1719 },
    { locationRequest: { requestSeqNum: 1, destinationInfo: [aliasOf('carol')], replyAddress } },
  );
  const at = { address: '2001:db8::9', port: 1719 };
  const way = { local: gatekeeperAt, send: net.sender(gatekeeperAt) };
  const neighbour = { name: 'beside', at, prefixes: [] };
  const sought = { name: '4930', source: [aliasOf('demo')], callIdentifier: 'ab'.repeat(16) };
  void gatekeeper.seek(sought, [{ neighbour, way }]).catch(() => undefined);
  await exchange(net, at, {
    locationRequest: { requestSeqNum: 3, destinationInfo: [aliasOf('nobody')], replyAddress },
  });
  alice.client.resources(true);
  const resources = {
    requestSeqNum: 2,
    protocolIdentifier,
    endpointIdentifier: gatekeeper.locate('carol')?.device.endpointIdentifier ?? '',
    protocols: [],
    almostOutOfResources: true,
  };
  net.send({ octets: writeRas({ resourcesAvailableIndicate: resources }), from: carol.ras, to: gatekeeperAt });
  await net.run(500);
  gatekeeper.drop(ask.callIdentifier);
  await net.run(500);
  gatekeeper.unregister(device.endpointIdentifier);
  const stopped = Promise.all([alice.client.stop(), carol.client.stop()]);
  await net.run(10_000);
  await stopped;
  gatekeeper.end();
  const reasons = ['stranger', 'unproved', 'clock', 'busy'] as const;
  const refusals = Object.keys(answersTo).flatMap((name) => reasons.map((why) => refusal(name as RequestName, 1, why)));
  return [...net.sent.map(({ octets }) => octets), ...refusals.filter((one) => one !== null).map(writeRas)];
}

describe('RAS in the eyes of tshark', () => {
  it('has no mark of anything malformed, and means what we say', async function () {
    if (!hasTshark()) this.skip();
    this.timeout(30_000);
    const said = await everything();
    const from = { address: '192.0.2.2', port: 1719 };
    const packets = said.map((octets, at) => ({ at, bytes: udpPacket(from, gatekeeperAt, octets), outgoing: true }));
    const file = printCapture({ application: 'Test', comment: '' }, packets);
    const rows = dissect(file, ['frame.protocols', '_ws.malformed', '_ws.expert.message', '_ws.col.Info']);
    assert.equal(rows.length, said.length);
    const marks = rows.filter(([protocols = '', malformed, expert = '']) => {
      // That a request comes twice, or an answer to nothing, is the test's doing.
      const ours = expert.replace(/Duplicate|.*retransmi.*/i, '');
      return !protocols.includes('h225') || malformed !== '' || ours !== '';
    });
    assert.deepEqual(marks, []);
    const texts = rows.map((row) => row[3] ?? '').join(' ');
    const names = [
      'gatekeeperRe',
      'gatekeeperConfirm',
      'registrationRequest',
      'registrationConfirm',
      'registrationReject',
      'unregistrationRequest',
      'unregistrationConfirm',
      'admissionRequest',
      'admissionConfirm',
      'admissionReject',
      'bandwidthRequest',
      'bandwidthConfirm',
      'disengageRequest',
      'disengageConfirm',
      'disengageReject',
      'locationRequest',
      'locationConfirm',
      'locationReject',
      'infoRequestResponse',
      'infoRequestAck',
      'infoRequestNak',
      'resourcesAvailableIndicate',
      'resourcesAvailableConfirm',
      'serviceControlIndication',
      'serviceControlResponse',
    ];
    for (const name of names) assert.ok(texts.includes(name), `${name} in ${[...new Set(texts.split(' '))].join(' ')}`);
  });
});
