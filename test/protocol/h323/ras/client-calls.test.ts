import assert from 'node:assert/strict';
import { transportOf } from '../../../../src/protocol/h323/addresses.js';
import { aliasOf } from '../../../../src/protocol/h323/aliases.js';
import type { RasMessage } from '../../../../src/protocol/h323/h225/schema.js';
import type { SessionReport } from '../../../../src/protocol/h323/ras/contract.js';
import { RasRefused } from '../../../../src/protocol/h323/ras/errors.js';
import { incomingCallData } from '../../../../src/protocol/h323/ras/features.js';
import { protocolIdentifier, writeRas } from '../../../../src/protocol/h323/ras/messages.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { callOf, clientOn, gatekeeperAt, RasNet } from './rig.js';
import { admitted, usualAnswer } from '../../../support/scripted-gatekeeper.js';
import { alternate, begin, finish, scripted, second } from './scripted.js';

/** Media of a session from our port to a port of the peer; the characters of its name are not all printable for PER. */
const sessionReport = (sessionId: number, local: number, remote: number | null): SessionReport => {
  const pair = (address: string, port: number) => ({ rtp: { address, port }, rtcp: { address, port: port + 1 } });
  return {
    ...{ sessionId, ssrc: 77, cname: 'us@192.0.2.9', local: pair('192.0.2.9', local) },
    remote: remote === null ? null : pair('192.0.2.8', remote),
  };
};

describe('calls through a gatekeeper', () => {
  it('are admitted, and told of until their end', async () => {
    let irr = 0;
    const { net, client, signalling } = begin(({ admissionRequest: one, infoRequestResponse }) => {
      if (infoRequestResponse) irr++;
      return one ? admitted(one.requestSeqNum, { irrFrequency: 10 }) : null;
    });
    await net.run(1000);
    const ask = callOf(['1002'], {
      sourceAddress: signalling,
      report: () => ({
        audio: [sessionReport(1, 4000, 5000)],
        video: [sessionReport(2, 4002, null), sessionReport(0, 4004, 5004), sessionReport(32, 4006, 5006)],
        data: [sessionReport(3, 4008, 5008)],
        signalling: { local: { address: '192.0.2.9', port: 40_000 }, remote: { address: '192.0.2.8', port: 1720 } },
        connectedAt: 1_800_000_000_500,
      }),
    });
    const admitting = client.admit(ask);
    await net.run(500);
    const call = await admitting;
    assert.deepEqual(call.admission, {
      callModel: 'direct',
      address: { address: '192.0.2.77', port: 1720 },
      alternates: [],
      destination: ask.destination,
      remoteExtension: null,
      kbps: 500,
      endpointIdentifier: 'ep1',
    });
    await net.run(31_000);
    assert.equal(irr, 3);
    const [report] = net.named('infoRequestResponse');
    const [told, ...no] = report?.perCallInfo ?? [];
    assert.ok(told);
    assert.deepEqual(no, []);
    assert.deepEqual([report?.unsolicited, report?.irrStatus], [true, { complete: true }]);
    const at = (address: string, port: number) => transportOf({ address, port });
    const ends = (local: number, remote: number | null) => ({
      sendAddress: at('192.0.2.9', local),
      recvAddress: remote === null ? undefined : at('192.0.2.8', remote),
    });
    assert.deepEqual(told.audio, [
      {
        ...{ rtpAddress: ends(4000, 5000), rtcpAddress: ends(4001, 5001) },
        ...{ cname: 'us-192.0.2.9', ssrc: 77, sessionId: 1, associatedSessionIds: [] },
      },
    ]);
    assert.deepEqual(
      told.video?.map(({ sessionId, rtpAddress }) => [sessionId, rtpAddress.recvAddress?.ipAddress?.port]),
      [
        [2, undefined],
        [32, 5006],
      ],
    );
    assert.deepEqual(told.data, [ends(4008, 5008)]);
    assert.deepEqual(told.h245, told.callSignalling);
    assert.deepEqual([told.originator, told.bandWidth, told.callModel], [true, 5000, { direct: true }]);
    assert.equal(told.usageInformation?.connectTime, 1_800_000_000);
    assert.equal(told.callIdentifier?.guid.toString('hex'), ask.callIdentifier);
    call.disengage(17);
    call.disengage();
    await net.run(20_000);
    assert.equal(irr, 3);
    const [end, ...more] = net.named('disengageRequest');
    assert.deepEqual(end?.terminationCause?.releaseCompleteCauseIE, Buffer.from([0x80, 0x91]));
    assert.equal(more.length, 0);
    await finish(net, client);
  });

  it('are refused by name, and by silence', async () => {
    const reasons = ['calledPartyNotRegistered', 'requestDenied', 'securityDenial'] as const;
    let at = 0;
    const { net, client } = begin(({ admissionRequest: one }) => {
      if (!one) return null;
      const reason = reasons[at++];
      if (!reason) return { requestInProgress: { requestSeqNum: 65_535, delay: 1 } };
      return { admissionReject: { requestSeqNum: one.requestSeqNum, rejectReason: { [reason]: true } as never } };
    });
    await net.run(1000);
    const sip = { calledPartyNotRegistered: 404, requestDenied: 503, securityDenial: 403 };
    for (const reason of reasons) {
      const refused = client.admit(callOf(['9'])).catch((error: unknown) => error);
      await net.run(500);
      const error = await refused;
      assert.ok(error instanceof RasRefused);
      assert.deepEqual([error.reason, error.verdict.sip], [reason, sip[reason]]);
    }
    const silent = assert.rejects(client.admit(callOf(['9'])), { name: 'RasSilent' });
    await net.run(16_000);
    await silent;
    await finish(net, client);
  });

  it('survive a gatekeeper that forgot us', async () => {
    let forgot = true;
    const { net, client, lost } = begin(({ admissionRequest: one }) => {
      if (!one || !forgot) return null;
      forgot = false;
      return { admissionReject: { requestSeqNum: one.requestSeqNum, rejectReason: { callerNotRegistered: true } } };
    });
    await net.run(1000);
    const admitting = client.admit(callOf(['1002']));
    await net.run(1000);
    assert.equal((await admitting).admission.kbps, 500);
    assert.deepEqual(lost, ['not_known']);
    await finish(net, client);
  });

  it('ask a gatekeeper for the moment where the own one names it', async () => {
    const { net, client } = begin(
      ({ admissionRequest: one }) =>
        one && {
          admissionReject: {
            requestSeqNum: one.requestSeqNum,
            rejectReason: { resourceUnavailable: true },
            altGKInfo: { alternateGatekeeper: [alternate(second, false)], altGKisPermanent: false },
          },
        },
    );
    const other = scripted(net, undefined, second);
    await net.run(1000);
    const admitting = client.admit(callOf(['1002']));
    await net.run(1000);
    assert.equal((await admitting).admission.kbps, 500);
    assert.deepEqual(other.names(), ['admissionRequest']);
    await finish(net, client);
  });

  for (const how of ['altGKInfo', 'assignedGatekeeper'] as const)
    it(`go on at another gatekeeper that a refusal names for good (${how})`, async () => {
      const named = {
        altGKInfo: { altGKInfo: { alternateGatekeeper: [alternate(second)], altGKisPermanent: true } },
        assignedGatekeeper: { assignedGatekeeper: alternate(second) },
      }[how];
      const { net, client, lost } = begin(
        ({ admissionRequest: one }) =>
          one && {
            admissionReject: {
              requestSeqNum: one.requestSeqNum,
              rejectReason: { resourceUnavailable: true },
              ...named,
            },
          },
      );
      const other = scripted(net, undefined, second);
      await net.run(1000);
      const admitting = client.admit(callOf(['1002']));
      await net.run(1000);
      assert.equal((await admitting).admission.kbps, 500);
      assert.deepEqual(other.names(), ['gatekeeperRequest', 'registrationRequest', 'admissionRequest']);
      assert.deepEqual([lost, client.gatekeeper], [['moved'], second]);
      await finish(net, client);
    });

  it('are asked of one that knows us when the own one is silent', async () => {
    const third = { address: '192.0.2.3', port: 1719 };
    const { net, client } = begin(({ registrationRequest: one, admissionRequest }) => {
      if (admissionRequest) return { requestInProgress: { requestSeqNum: 65_535, delay: 1 } };
      const confirm = one && usualAnswer({ registrationRequest: one }, gatekeeperAt)?.registrationConfirm;
      const alternateGatekeeper = [alternate(third, true, 1), alternate(second, false, 2)];
      return confirm && { registrationConfirm: { ...confirm, alternateGatekeeper } };
    });
    const [other, stranger] = [scripted(net, undefined, second), scripted(net, undefined, third)];
    await net.run(1000);
    const admitting = client.admit(callOf(['1002']));
    await net.run(16_000);
    assert.equal((await admitting).admission.kbps, 500);
    assert.deepEqual([other.names(), stranger.names()], [['admissionRequest'], []]);
    await finish(net, client);
  });

  it('may go to other addresses, tried by their priority', async () => {
    const at = (port: number) => transportOf({ address: '192.0.2.77', port });
    const { net, client } = begin(
      ({ admissionRequest: one }) =>
        one &&
        admitted(one.requestSeqNum, {
          alternateEndpoints: [
            { callSignalAddress: [at(1723)], priority: 7 },
            { callSignalAddress: [at(1721), at(1722)], priority: 2 },
          ],
        }),
    );
    await net.run(1000);
    const admitting = client.admit(callOf(['1002']));
    await net.run(500);
    const { alternates } = (await admitting).admission;
    assert.deepEqual(
      alternates.map(({ port }) => port),
      [1721, 1722, 1723],
    );
    await finish(net, client);
  });

  it('need no admission where it is granted before', async () => {
    const own = transportOf({ address: '192.0.2.1', port: 1721 });
    const { net, client } = begin(
      ({ registrationRequest: one }) =>
        one && {
          registrationConfirm: {
            requestSeqNum: one.requestSeqNum,
            protocolIdentifier,
            callSignalAddress: [own],
            endpointIdentifier: 'ep1',
            preGrantedARQ: {
              makeCall: true,
              useGKCallSignalAddressToMakeCall: true,
              answerCall: true,
              useGKCallSignalAddressToAnswer: false,
            },
          },
        },
    );
    await net.run(1000);
    const out = await client.admit(callOf(['1002']));
    assert.deepEqual([out.admission.callModel, out.admission.address?.port], ['gatekeeperRouted', 1721]);
    const inward = await client.admit(callOf([], { answerCall: true }));
    assert.equal(inward.admission.address, null);
    assert.equal(await out.bandwidth(4000), 4000);
    out.disengage();
    inward.disengage();
    await net.run(1000);
    assert.deepEqual(net.named('admissionRequest'), []);
    assert.deepEqual(net.named('disengageRequest'), []);
    await finish(net, client);
  });

  it('may be asked about, limited and ended by the gatekeeper', async () => {
    const { net, client, ras } = begin();
    await net.run(1000);
    const dropped: string[] = [];
    const limits: number[] = [];
    const ask = callOf(['1002'], { dropped: (reason) => dropped.push(reason), limited: (kbps) => limits.push(kbps) });
    const admitting = client.admit(ask);
    await net.run(500);
    await admitting;
    const names = {
      conferenceID: Buffer.from(ask.conferenceID, 'hex'),
      callReferenceValue: ask.callReference,
      callIdentifier: { guid: Buffer.from(ask.callIdentifier, 'hex') },
    };
    const tell = async (message: RasMessage) => {
      net.send({ octets: writeRas(message), from: gatekeeperAt, to: ras });
      await net.run(200);
    };
    await tell({ infoRequest: { requestSeqNum: 5, callReferenceValue: 0 } });
    await tell({ infoRequest: { requestSeqNum: 6, callReferenceValue: 12_345 } });
    const [all, none] = net.named('infoRequestResponse');
    assert.deepEqual([all?.requestSeqNum, all?.perCallInfo?.length, all?.irrStatus?.complete], [5, 1, true]);
    assert.deepEqual([none?.requestSeqNum, none?.perCallInfo, none?.irrStatus?.invalidCall], [6, undefined, true]);
    const bandwidth = { requestSeqNum: 7, endpointIdentifier: 'ep1', bandWidth: 2560, ...names };
    await tell({ bandwidthRequest: bandwidth });
    await tell({ bandwidthRequest: { ...bandwidth, callIdentifier: { guid: Buffer.alloc(16, 9) } } });
    assert.deepEqual(limits, [256]);
    assert.equal(net.named('bandwidthConfirm').length, 1);
    assert.ok(net.named('bandwidthReject')[0]?.rejectReason.invalidConferenceID);
    const drop: RasMessage = {
      disengageRequest: {
        requestSeqNum: 8,
        endpointIdentifier: 'ep1',
        disengageReason: { forcedDrop: true },
        ...names,
      },
    };
    await tell(drop);
    await tell(drop);
    assert.deepEqual(dropped, ['forcedDrop']);
    assert.equal(net.named('disengageConfirm').length, 2);
    await finish(net, client);
  });

  it('are not reported more often than is good', async () => {
    const { net, client } = begin(
      ({ admissionRequest: one }) => one && admitted(one.requestSeqNum, { irrFrequency: 1 }),
    );
    await net.run(1000);
    const ask = callOf(['1002']);
    // asked for twice, it is one call all the same
    const admitting = [client.admit(ask), client.admit(ask)];
    await net.run(500);
    await Promise.all(admitting);
    await net.run(11_000);
    assert.equal(net.named('infoRequestResponse').length, 2);
    await finish(net, client);
  });

  it('are reported in bounds where there are many', async () => {
    const { net, client, ras } = begin();
    await net.run(1000);
    const all = Array.from({ length: 45 }, () => client.admit(callOf(['1002'])));
    await net.run(1000);
    await Promise.all(all);
    const infoRequest = { requestSeqNum: 5, callReferenceValue: 0 };
    net.send({ octets: writeRas({ infoRequest }), from: gatekeeperAt, to: ras });
    await net.run(200);
    const [report] = net.named('infoRequestResponse');
    assert.equal(report?.perCallInfo?.length, 40);
    assert.deepEqual([report?.irrStatus, report?.unsolicited], [{ incomplete: true }, false]);
    await finish(net, client);
  });

  it('go on without a gatekeeper that took the registration back, which hears no more of them', async () => {
    const { net, client, ras } = begin(
      ({ admissionRequest: one }) => one && admitted(one.requestSeqNum, { irrFrequency: 10 }),
    );
    await net.run(12_000);
    const admitting = client.admit(callOf(['1002']));
    await net.run(500);
    const call = await admitting;
    const octets = writeRas({ unregistrationRequest: { requestSeqNum: 3, callSignalAddress: [] } });
    net.send({ octets, from: gatekeeperAt, to: ras });
    await net.run(31_000);
    assert.equal(client.state, 'registered');
    assert.equal(await call.bandwidth(4000), 4000);
    call.disengage();
    await net.run(500);
    for (const name of ['bandwidthRequest', 'disengageRequest', 'infoRequestResponse'] as const)
      assert.deepEqual(net.named(name), [], name);
    await finish(net, client);
  });

  it('are known by conference and reference alone, from either side, to gatekeepers of version 1', async () => {
    const { net, client, ras } = begin();
    await net.run(1000);
    const dropped: string[] = [];
    const ask = callOf(['1002'], { dropped: (reason) => dropped.push(reason) });
    const admitting = client.admit(ask);
    await net.run(500);
    await admitting;
    const drop = async (callReferenceValue: number, conference: string): Promise<void> => {
      const conferenceID = Buffer.from(conference, 'hex');
      const names = { requestSeqNum: 8, endpointIdentifier: 'ep1', conferenceID, callReferenceValue };
      const octets = writeRas({ disengageRequest: { ...names, disengageReason: { forcedDrop: true } } });
      net.send({ octets, from: gatekeeperAt, to: ras });
      await net.run(200);
    };
    await drop(ask.callReference + 1, ask.conferenceID);
    await drop(ask.callReference, 'ee'.repeat(16));
    assert.deepEqual(dropped, []);
    await drop(ask.callReference | 0x8000, ask.conferenceID);
    assert.deepEqual(dropped, ['forcedDrop']);
    await finish(net, client);
  });

  it('are looked for by LRQ, and announced through NAT', async () => {
    const { net, client, ras, signalling } = begin(undefined, { traversal: true });
    const incoming: unknown[] = [];
    client.on.on('incoming', (call) => incoming.push(call));
    await net.run(1000);
    const tell = async (message: RasMessage) => {
      net.send({ octets: writeRas(message), from: gatekeeperAt, to: ras });
      await net.run(200);
    };
    const replyAddress = transportOf(gatekeeperAt);
    await tell({ locationRequest: { requestSeqNum: 5, destinationInfo: [aliasOf('CAROL')], replyAddress } });
    await tell({ locationRequest: { requestSeqNum: 6, destinationInfo: [aliasOf('dave')], replyAddress } });
    assert.deepEqual(net.named('locationConfirm')[0]?.callSignalAddress, transportOf(signalling));
    assert.ok(net.named('locationReject')[0]?.rejectReason.requestDenied);
    const call = { address: { address: '192.0.2.1', port: 1720 }, callIdentifier: 'ab'.repeat(16) };
    const genericData = [incomingCallData(call.address, call.callIdentifier)];
    await tell({ serviceControlIndication: { requestSeqNum: 7, serviceControl: [], genericData } });
    await tell({ serviceControlIndication: { requestSeqNum: 8, serviceControl: [] } });
    assert.deepEqual(incoming, [call]);
    assert.deepEqual(
      net.named('serviceControlResponse').map(({ result }) => result),
      [{ started: true }, { notAvailable: true }],
    );
    assert.deepEqual(net.named('registrationRequest')[0]?.featureSet?.supportedFeatures, [{ id: { standard: 18 } }]);
    await finish(net, client);
  });

  it('cannot be asked for without a registration', async () => {
    const { client } = clientOn(new RasNet(new ManualClock()), ['carol']);
    await assert.rejects(client.admit(callOf(['1'])), { name: 'NotRegistered' });
  });
});
