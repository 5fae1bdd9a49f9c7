import assert from 'node:assert/strict';
import { silentLog } from '../../../src/base/log.js';
import { transportOf } from '../../../src/protocol/h323/addresses.js';
import type { CapabilitySet } from '../../../src/protocol/h323/control/contract.js';
import { DialOut } from '../../../src/rooms/dial-out.js';
import { campus } from '../../support/campus.js';
import { deviceSet, settle, startH323Rig, type H323Rig, type Peer } from '../../support/h323-rig.js';
import { ManualClock } from '../../support/manual-clock.js';
import { admitted, scriptedGatekeeper } from '../../support/scripted-gatekeeper.js';
import { TurnNet } from '../../support/turn-net.js';

/** The set of a device that names no rate of its pictures, as some do. */
function withoutRates(): CapabilitySet {
  return JSON.parse(JSON.stringify(deviceSet()).replace(/"maxBitRate":\d+/g, '"maxBitRate":0')) as CapabilitySet;
}

describe('rates of calls by leave of a gatekeeper', () => {
  let rig: H323Rig;
  let device: Peer;
  /** How often it was asked before anything could settle. */
  let atOnce = 0;
  let gatekeeper: Awaited<ReturnType<typeof scriptedGatekeeper>>;

  /** A device is called, where the gatekeeper allows so much at first and answers to BRQ, if at all, by `bandwidth`. */
  const begin = async (set: CapabilitySet, kbps: number, bandwidth: (wanted: number) => number | null | 'silent') => {
    const [net, clock] = [new TurnNet(), new ManualClock()];
    gatekeeper = await scriptedGatekeeper(net, { address: '127.0.0.2', port: 1719 }, (message) => {
      const { admissionRequest: one, bandwidthRequest: rate } = message;
      const at = { address: '127.0.0.1', port: device.port };
      if (one) return admitted(one.requestSeqNum, { bandWidth: kbps * 10, destCallSignalAddress: transportOf(at) });
      const allowed = rate && bandwidth(rate.bandWidth / 10);
      if (!rate || allowed === 'silent') return null;
      const { requestSeqNum } = rate;
      if (typeof allowed === 'number') return { bandwidthConfirm: { requestSeqNum, bandWidth: allowed * 10 } };
      const rejectReason = { insufficientResources: true } as const;
      return { bandwidthReject: { requestSeqNum, rejectReason, allowedBandWidth: kbps * 10 } };
    });
    rig = await startH323Rig({
      ...{ net, clock, targets: [], gatekeepers: [campus] },
      numbers: [{ dialled: /^9(.+)$/, registration: 'campus', to: '$1' }],
    });
    device = await rig.peer({ set });
    await settle(clock);
    const { metrics, dialer } = rig;
    new DialOut({ dialers: [dialer], clock, log: silentLog, metrics, perRoom: 5 }).call(rig.room('demo'), {
      to: 'h323:91',
    });
    await settle(clock);
    await device.answer();
    await settle(clock);
    atOnce = asked().length;
    await settle(clock, 6000);
  };
  const asked = (): number[] =>
    gatekeeper.heard.flatMap(({ bandwidthRequest: one }) => (one ? [one.bandWidth / 10] : []));

  afterEach(async () => {
    await rig.close().finally(() => gatekeeper.close());
    assert.equal(rig.clock.pending, 0);
  });

  it('are told as the channels say, and again when they change much', async () => {
    await begin(deviceSet(), 3840, (wanted) => wanted);
    const [sent = 0, ...more] = asked();
    assert.ok(sent >= 1984 && sent < 3840, String(sent));
    assert.deepEqual([more, atOnce], [[], 0]);
    await device.send('video');
    await settle(rig.clock);
    assert.deepEqual(asked(), [sent, sent + 1920]);
    await device.hangUp();
    await settle(rig.clock, 6000);
    assert.equal(asked().length, 2);
  });

  it('are told again when they changed while the gatekeeper was asked', async () => {
    let silent = false;
    await begin(deviceSet(), 3840, (wanted) => (silent ? 'silent' : wanted));
    const before = asked().length;
    const sent = asked().at(-1) ?? 0;
    silent = true;
    await device.send('video');
    await settle(rig.clock);
    await device.send('content');
    await settle(rig.clock);
    assert.deepEqual(asked().slice(before), [sent + 1920]);
    silent = false;
    // the request is repeated, and answered
    await settle(rig.clock, 3000);
    assert.deepEqual(asked().slice(before), [sent + 1920, sent + 1920, sent + 3840]);
  });

  it('stay as they were allowed where channels name none', async () => {
    await begin(withoutRates(), 3840, (wanted) => wanted);
    await device.send('audio');
    await settle(rig.clock, 6000);
    assert.deepEqual(asked(), []);
  });

  it('are kept to where more is refused', async () => {
    await begin(deviceSet(), 768, () => null);
    assert.equal(atOnce, 1);
    const limits: number[] = [];
    device.session?.on.on('flowControl', ({ bps }) => limits.push(bps ?? -1));
    await device.send('video');
    await settle(rig.clock);
    assert.ok((asked().at(-1) ?? 0) > 768);
    assert.ok(limits.length > 0 && limits.every((one) => one === 320_000), String(limits));
  });
});
