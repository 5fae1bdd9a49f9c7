import assert from 'node:assert/strict';
import type { Endpoint } from '../../../../src/base/net.js';
import { transportOf } from '../../../../src/protocol/h323/addresses.js';
import { aliasOf } from '../../../../src/protocol/h323/aliases.js';
import type { Elsewhere } from '../../../../src/protocol/h323/ras/contract.js';
import { neighboursFor } from '../../../../src/protocol/h323/ras/gatekeeper/neighbours.js';
import { writeRas } from '../../../../src/protocol/h323/ras/messages.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { gatekeeperAt, gatekeeperOn, RasNet } from './rig.js';

const beside: Endpoint = { address: '198.51.100.2', port: 1719 };
const besideSignalling: Endpoint = { address: '198.51.100.2', port: 1720 };
const nobody: Endpoint = { address: '198.51.100.3', port: 1719 };

const callIdentifier = 'ab'.repeat(16);
const nameOf = (at: Endpoint): string => (at === beside ? 'campus' : 'branch');

/** Our gatekeeper and one beside it, which has the rooms 2000 to 2999. */
function begin(host: Parameters<typeof gatekeeperOn>[2] = {}, trusts: string = gatekeeperAt.address) {
  const net = new RasNet(new ManualClock());
  const ours = gatekeeperOn(net, {}, { answersFor: () => false });
  const theirs = gatekeeperOn(
    net,
    { neighbours: (address) => address === trusts },
    { signallingFor: () => besideSignalling, ...host },
    beside,
  );
  const way = { local: gatekeeperAt, send: net.sender(gatekeeperAt) };
  let outcome: Elsewhere | string | null = null;
  const seek = async (
    name: string,
    places: readonly Endpoint[],
    ms: number,
    signal?: AbortSignal,
  ): Promise<Elsewhere | string | null> => {
    outcome = null;
    const asked = places.map((at) => ({ neighbour: { name: nameOf(at), at, prefixes: [] }, way }));
    ours.gatekeeper.seek({ name, source: [aliasOf('demo')], callIdentifier, signal }, asked).then(
      (found) => (outcome = found),
      (error: Error) => (outcome = error.message),
    );
    await net.run(ms);
    return outcome;
  };
  const end = (): void => {
    ours.gatekeeper.end();
    theirs.gatekeeper.end();
    assert.equal(net.clock.pending, 0);
  };
  return { net, ours, seek, end, last: (): Elsewhere | string | null => outcome };
}

const found = {
  ...{ address: besideSignalling, alternates: [], by: 'campus' },
  ...{ destination: [aliasOf('2001')], extension: null },
};
const unknown = 'locationRequest was refused: calledPartyNotRegistered';
const silent = 'no answer to locationRequest from campus';

describe('gatekeepers beside ours', () => {
  it('are asked for whom we do not have', async () => {
    const { net, seek, end } = begin();
    assert.deepEqual(await seek('2001', [beside], 500), found);
    const [request] = net.named('locationRequest');
    assert.deepEqual(request?.replyAddress, transportOf(gatekeeperAt));
    assert.deepEqual(request?.sourceInfo, [aliasOf('demo')]);
    assert.equal(request?.callIdentifier?.guid.toString('hex'), callIdentifier);
    assert.equal(await seek('3001', [beside], 500), unknown);
    end();
  });

  it('say nothing to strangers', async () => {
    const { net, seek, end } = begin({}, '203.0.113.1');
    assert.equal(await seek('2001', [beside], 500), unknown);
    assert.equal(net.named('locationConfirm').length, 0);
    end();
  });

  it('are asked again when answers are lost, and given up', async () => {
    const { net, seek, end } = begin();
    let lost = 0;
    net.copies = ({ from }) => (from.address === beside.address && lost++ < 2 ? 0 : 1);
    assert.equal(await seek('2001', [beside], 9000), null);
    assert.deepEqual(await seek('2001', [beside], 11_000), found);
    net.copies = () => 0;
    assert.equal(await seek('2002', [beside], 14_500), null);
    assert.equal(await seek('2002', [beside], 15_500), silent);
    end();
  });

  it('are asked at once, and the first that knows is taken', async () => {
    const { seek, end, last } = begin();
    assert.deepEqual(await seek('2001', [nobody, beside], 500), found);
    assert.equal(await seek('3001', [nobody, beside], 14_500), null);
    assert.equal(await seek('3001', [nobody, beside], 15_500), unknown);
    assert.equal(await seek('2001', [], 0).then(last), 'no answer to locationRequest');
    end();
  });

  it('may take their time', async () => {
    let resolve: (answers: boolean) => void = () => undefined;
    const { net, seek, end, last } = begin({ answersFor: () => new Promise<boolean>((done) => (resolve = done)) });
    assert.equal(await seek('2001', [beside], 18_000), null);
    assert.ok(net.named('requestInProgress').length >= 3);
    assert.ok(net.named('locationRequest').length < 3);
    resolve(true);
    await net.run(500);
    assert.deepEqual(last(), found);
    end();
  });

  it('are not mistaken for others that answer', async () => {
    const { net, ours, seek, end } = begin();
    assert.equal(await seek('2001', [nobody], 500), null);
    const requestSeqNum = net.named('locationRequest')[0]?.requestSeqNum ?? 0;
    const place = transportOf({ address: '203.0.113.66', port: 1720 });
    const octets = writeRas({ locationConfirm: { requestSeqNum, callSignalAddress: place, rasAddress: place } });
    net.send({ octets, from: { address: '203.0.113.66', port: 1719 }, to: gatekeeperAt });
    await net.run(500);
    assert.equal(ours.metrics.counted('dualstream_h323_ras_dropped_total', { reason: 'stray' }), 1);
    end();
  });

  it('are not waited for any longer when ours ends', async () => {
    const { seek, end, last } = begin();
    assert.equal(await seek('2001', [nobody], 500), null);
    end();
    await Promise.resolve();
    assert.equal(last(), 'no answer to locationRequest from branch');
  });

  it('are not asked again once one knows, or whoever asked gives up', async () => {
    const { net, ours, seek, end, last } = begin();
    const outcomes: string[] = [];
    ours.gatekeeper.on.on('neighbour', ({ name, outcome }) => outcomes.push(`${name} ${outcome}`));
    assert.deepEqual(await seek('2001', [nobody, beside], 500), found);
    await net.run(16_000);
    assert.equal(net.named('locationRequest').length, 2);
    assert.deepEqual(outcomes, ['campus found']);
    const giving = new AbortController();
    assert.equal(await seek('2001', [nobody], 500, giving.signal), null);
    giving.abort();
    await net.run(16_000);
    assert.equal(net.named('locationRequest').length, 3);
    assert.equal(last(), 'no answer to locationRequest from branch');
    assert.equal(await seek('2001', [beside], 500, giving.signal), silent);
    assert.equal(net.named('locationRequest').length, 3);
    end();
  });

  it('may name other addresses, tried by their priority', async () => {
    const { net, seek, end, last } = begin();
    assert.equal(await seek('2001', [nobody], 500), null);
    const requestSeqNum = net.named('locationRequest')[0]?.requestSeqNum ?? 0;
    const place = transportOf(besideSignalling);
    const other = (port: number, priority: number) => ({
      callSignalAddress: [transportOf({ ...besideSignalling, port })],
      priority,
    });
    const alternateEndpoints = [other(1722, 9), other(1721, 3)];
    const octets = writeRas({
      locationConfirm: { requestSeqNum, callSignalAddress: place, rasAddress: place, alternateEndpoints },
    });
    net.send({ octets, from: nobody, to: gatekeeperAt });
    await net.run(500);
    const { alternates, by } = last() as Elsewhere;
    assert.deepEqual([alternates.map(({ port }) => port), by], [[1721, 1722], 'branch']);
    end();
  });

  it('are chosen by prefix, or else are those without any', () => {
    const [a, b, c] = [['49', '33'], ['4930'], []].map((prefixes) => ({ name: 'campus', at: beside, prefixes }));
    assert.ok(a && b && c);
    assert.deepEqual(neighboursFor('493012', [a, b, c]), [a, b]);
    assert.deepEqual(neighboursFor('3301', [a, b, c]), [a]);
    assert.deepEqual(neighboursFor('carol', [a, b, c]), [c]);
    assert.deepEqual(neighboursFor('carol', [a, b]), []);
  });
});
