import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { causeFor, reasonFor, reasonName, reasonValue, releaseFor } from '../../../../src/protocol/h323/call/causes.js';
import { compareEndpoints } from '../../../../src/protocol/h323/call/compare.js';
import {
  acceptProposal,
  matchAnswers,
  parametersOf,
  proposalOf,
  readProposals,
  writeProposals,
} from '../../../../src/protocol/h323/call/fast-start.js';
import { ReleaseCompleteReason } from '../../../../src/protocol/h323/h225/schema.js';
import type { ReleaseReason } from '../../../../src/protocol/h323/call/contract.js';
import { causes } from '../../../../src/protocol/h323/q931-names.js';
import type { OpenLogicalChannel } from '../../../../src/protocol/h323/h245/schema.js';
import { audioProposals } from './rig.js';

type Reason = Exclude<ReleaseReason, null>;
const reasons = [...ReleaseCompleteReason.names, ...ReleaseCompleteReason.addedNames] as Reason[];
const at = (octet: number, port: number) => ({
  unicastAddress: { iPAddress: { network: Buffer.from([192, 0, 2, octet]), tsapIdentifier: port } },
});

describe('h323 release reasons', () => {
  it('have a cause each, and read as they were written', () => {
    for (const reason of reasons) {
      const cause = causeFor(reason);
      assert.ok(cause >= 1 && cause <= 127, reason);
      const written = reasonName(reasonValue(reason));
      assert.ok(written === reason || written === 'undefinedReason', reason);
    }
    assert.equal(reasonName(undefined), null);
    assert.equal(causeFor(null), causes.normalUnspecified);
  });

  it('go with the causes of H.225.0 table 5 both ways', () => {
    const table: [Reason, number][] = [
      ['noBandwidth', 34],
      ['gatekeeperResources', 47],
      ['unreachableDestination', 3],
      ['destinationRejection', 16],
      ['invalidRevision', 88],
      ['unreachableGatekeeper', 38],
      ['gatewayResources', 42],
      ['badFormatAddress', 28],
      ['adaptiveBusy', 41],
      ['inConf', 17],
      ['calledPartyNotRegistered', 20],
    ];
    for (const [reason, cause] of table) {
      assert.equal(causeFor(reason), cause);
      assert.equal(reasonFor(cause), reason);
    }
    assert.equal(reasonFor(causes.recoveryOnTimerExpiry), 'undefinedReason');
  });

  it('are known for every verdict of the product', () => {
    const root = new URL('../../../../src/', import.meta.url);
    const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
    const named = new Set<string>();
    for (const file of files) {
      const text = readFileSync(new URL(file, root), 'utf8');
      for (const [, reason] of text.matchAll(/h225: '(\w+)'/g)) named.add(reason ?? '');
    }
    assert.ok(named.size >= 5, [...named].join());
    for (const h225 of named) {
      const released = releaseFor({ sip: 799, h225, bfcp: 0, http: 400, label: 'x', retry: false });
      assert.equal(released.reason, h225);
      assert.equal(released.cause, causeFor(released.reason ?? null));
    }
  });

  it('say more by the cause where the reason says little', () => {
    const verdict = { sip: 486, h225: 'undefinedReason', bfcp: 0, http: 400, label: 'busy', retry: true };
    assert.deepEqual(releaseFor(verdict), { reason: 'undefinedReason', cause: causes.userBusy });
    assert.deepEqual(releaseFor({ ...verdict, h225: 'nobody knows this' }).reason, 'undefinedReason');
  });
});

describe('h323 fast start', () => {
  const proposals = audioProposals(4000);

  it('reads what it writes, and counts what it does not understand', () => {
    const written = writeProposals(proposals);
    const { proposals: read, faults } = readProposals([...written, Buffer.from('ff', 'hex')]);
    assert.equal(faults, 1);
    assert.deepEqual(
      read.map(({ direction, sessionID }) => `${direction} ${sessionID}`),
      ['receive 1', 'transmit 1', 'receive 1', 'transmit 1'],
    );
    assert.deepEqual(
      read.map(({ channel }) => channel),
      proposals,
    );
    assert.equal(readProposals(Array<Buffer>(70).fill(written[0] as Buffer)).proposals.length, 64);
    assert.deepEqual(readProposals(undefined), { proposals: [], faults: 0 });
  });

  it('answers with our addresses where they belong', () => {
    const here = { mediaChannel: at(1, 5000), mediaControlChannel: at(1, 5001) };
    const [receive, transmit] = readProposals(writeProposals(proposals)).proposals;
    assert.ok(receive && transmit);
    const sent = parametersOf(acceptProposal(transmit, here), 'transmit');
    assert.deepEqual(sent?.mediaChannel, at(1, 5000));
    assert.deepEqual(sent?.mediaControlChannel, at(1, 5001));
    const received = parametersOf(acceptProposal(receive, here), 'receive');
    assert.equal(received?.mediaChannel, undefined, 'the caller has said itself where it receives');
    assert.deepEqual(received?.mediaControlChannel, at(1, 5001));
  });

  it('finds the proposal of an answer by its codec where the number is another, one a direction', () => {
    const answer = (channel: OpenLogicalChannel, forwardLogicalChannelNumber: number) => {
      const found = proposalOf({ ...channel, forwardLogicalChannelNumber });
      assert.ok(found);
      return found;
    };
    const [aReceive, aTransmit, uReceive, uTransmit] = proposals as [
      OpenLogicalChannel,
      OpenLogicalChannel,
      OpenLogicalChannel,
      OpenLogicalChannel,
    ];
    const accepted = matchAnswers(proposals, [answer(uTransmit, 1001), answer(uReceive, 1002), answer(aTransmit, 101)]);
    assert.deepEqual(
      accepted.map(({ proposed }) => proposed),
      [uTransmit, uReceive],
    );
    const foreign = {
      ...aReceive,
      reverseLogicalChannelParameters: {
        dataType: { audioData: { g728: 2 } },
        multiplexParameters: aReceive.reverseLogicalChannelParameters?.multiplexParameters,
      },
    };
    assert.deepEqual(matchAnswers(proposals, [answer(foreign, 1)]), []);
  });
});

describe('h323 addresses in conflict', () => {
  it('are compared as numbers', () => {
    const one = (address: string, port: number) => ({ address, port });
    assert.ok(compareEndpoints(one('10.0.0.2', 9), one('10.0.0.10', 1)) < 0);
    assert.ok(compareEndpoints(one('10.0.0.2', 1000), one('10.0.0.2', 300)) > 0);
    assert.equal(compareEndpoints(one('::1', 5), one('::1', 5)), 0);
  });
});
