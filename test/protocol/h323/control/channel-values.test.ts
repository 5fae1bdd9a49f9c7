import assert from 'node:assert/strict';
import { decode, encode } from '../../../../src/protocol/asn1/codec.js';
import {
  readAck,
  readAddress,
  readOpening,
  writeAck,
  writeAddress,
  writeOpening,
} from '../../../../src/protocol/h323/control/channel-values.js';
import type { ChannelOpening } from '../../../../src/protocol/h323/control/contract.js';
import { OpenLogicalChannel, OpenLogicalChannelAck } from '../../../../src/protocol/h323/h245/schema.js';
import { valueOf } from '../../../support/control-links.js';
import { audio, bothWays, content, fecc, opening, video } from '../../../support/control-rig.js';
import { pdus } from '../goldens.js';

function read(message: OpenLogicalChannel): ChannelOpening {
  const reading = readOpening(message);
  assert.ok(reading.ok);
  return reading.opening;
}

/** As it is after a way over the wire. */
function sent(number: number, one: ChannelOpening): OpenLogicalChannel {
  const again = decode(OpenLogicalChannel, encode(OpenLogicalChannel, writeOpening(number, one)));
  assert.ok(again.ok);
  return again.value;
}

/** Without what we say of every channel of its kind, said or not. */
function bare({ forward, reverse }: ChannelOpening): ChannelOpening {
  const loud = (one: ChannelOpening['forward']) => one && { ...one, silenceSuppression: false };
  return { forward: loud(forward), reverse: loud(reverse) };
}

describe('openings of channels', () => {
  it('of other stacks, in requests and in fast start, are read and written without loss', () => {
    let checked = 0;
    for (const { hex, type } of pdus) {
      const octets = Buffer.from(hex, 'hex');
      const fast = type === 'OpenLogicalChannel' ? decode(OpenLogicalChannel, octets) : null;
      const asked = type === 'MultimediaSystemControlMessage' ? valueOf(octets).request?.openLogicalChannel : undefined;
      const message = fast?.ok ? fast.value : asked;
      if (!message) continue;
      const first = read(message);
      const again = read(sent(message.forwardLogicalChannelNumber, first));
      assert.deepEqual(bare(again), bare(first));
      checked++;
    }
    assert.ok(checked >= 55, `${checked}`);
  });

  it('of fast start tell who would send', () => {
    const directions = pdus
      .filter(({ type }) => type === 'OpenLogicalChannel')
      .map(({ hex }) => {
        const message = decode(OpenLogicalChannel, Buffer.from(hex, 'hex'));
        assert.ok(message.ok);
        const { forward, reverse } = read(message.value);
        assert.ok((forward === null) !== (reverse === null));
        return forward ? 'transmit' : 'receive';
      });
    assert.deepEqual(new Set(directions), new Set(['transmit', 'receive']));
  });

  it('are acknowledged without loss as other stacks do', () => {
    let checked = 0;
    for (const { hex, type } of pdus) {
      if (type !== 'MultimediaSystemControlMessage') continue;
      const message = valueOf(Buffer.from(hex, 'hex')).response?.openLogicalChannelAck;
      if (!message) continue;
      const { acceptance, sessionId } = readAck(message, null);
      const number = message.forwardLogicalChannelNumber;
      const written = writeAck({ number, sessionId: sessionId ?? 0, reverseNumber: null }, acceptance);
      assert.equal(
        encode(OpenLogicalChannelAck, written).toString('hex'),
        encode(OpenLogicalChannelAck, message).toString('hex'),
      );
      checked++;
    }
    assert.ok(checked >= 20, `${checked}`);
  });

  it('carry everything there is, also both directions, encryption and IPv6', () => {
    const forward = opening(video, 2).forward;
    assert.ok(forward);
    const rich: ChannelOpening = {
      forward: {
        ...forward,
        associatedSessionId: 1,
        mediaChannel: { address: '2001:db8::1', port: 7000 },
        mediaControlChannel: { address: '2001:db8::1', port: 7001 },
        encryption: { algorithms: ['2.16.840.1.101.3.4.1.2'] },
      },
      reverse: null,
      replacementFor: 9,
      encryptionSync: { synchFlag: 96, h235Key: Buffer.from([1, 2]) },
    };
    assert.deepEqual(read(sent(3, rich)), rich);
    assert.deepEqual(read(sent(3, bothWays(fecc))), bothWays(fecc));
    const silent = { ...opening(audio, 1).forward, silenceSuppression: false };
    assert.deepEqual(read(sent(3, opening(audio, 1))).forward, silent);
    assert.throws(() => writeOpening(3, opening({ kind: 'other', name: 'h262VideoCapability' })), RangeError);
  });

  it('tell numbers that are chosen, not those that codecs have', () => {
    const numbered = (payloadType: number): unknown => {
      const { forward } = opening(audio, 1);
      const message = writeOpening(3, { forward: forward && { ...forward, payloadType }, reverse: null });
      const { multiplexParameters } = message.forwardLogicalChannelParameters;
      return multiplexParameters.h2250LogicalChannelParameters?.dynamicRTPPayloadType;
    };
    assert.deepEqual([8, 95, 96, 127].map(numbered), [undefined, undefined, 96, 127]);
  });

  it('of content say their role in both places', () => {
    const message = sent(3, opening({ ...content, roles: { presentation: false, live: true } } as typeof content));
    assert.equal(message.genericInformation?.length, 1);
    const media = read(message).forward?.media;
    assert.ok(media?.kind === 'content');
    assert.deepEqual(media.roles, { presentation: false, live: true });
    // 1 is presentation, 2 is live
    const label = message.genericInformation?.[0]?.messageContent?.[0]?.parameterValue;
    assert.deepEqual(label, { booleanArray: 2 });
    const video = message.forwardLogicalChannelParameters.dataType.videoData?.extendedVideoCapability;
    const [parameter] = video?.videoCapabilityExtension?.[0]?.collapsing ?? [];
    assert.deepEqual(parameter?.parameterValue, { booleanArray: 2 });
    const again = sent(3, read(message));
    assert.equal(again.genericInformation?.length, 1, 'not twice');
  });

  it('know no other networks', () => {
    assert.equal(readAddress(undefined), null);
    assert.equal(readAddress({ unicastAddress: { netBios: Buffer.alloc(16) } }), null);
    assert.equal(
      readAddress({ multicastAddress: { iPAddress: { network: Buffer.alloc(4), tsapIdentifier: 1 } } }),
      null,
    );
    assert.deepEqual(readAddress(writeAddress({ address: '192.0.2.9', port: 5 })), { address: '192.0.2.9', port: 5 });
  });
});
