import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { decode } from '../../../src/protocol/asn1/codec.js';
import { RasMessage } from '../../../src/protocol/h323/h225/schema.js';
import { MultimediaSystemControlMessage } from '../../../src/protocol/h323/h245/schema.js';
import {
  demultiplexPacket,
  keepAlivePacket,
  mediaTraversalFeature,
  mediaTraversalIn,
  multiplexPacket,
  traversalIn,
  traversalInformation,
} from '../../../src/protocol/h323/h460/traversal.js';
import { incomingCallData, incomingCallOf } from '../../../src/protocol/h323/ras/features.js';
import { featuresOf } from '../../../src/protocol/h323/ras/messages.js';

interface Channel {
  by: string;
  hex: string;
  media: number;
  identifier: number;
  interval?: number;
  payloadType?: number;
}

// Between an endpoint and a gatekeeper of other stacks.
const golden = JSON.parse(readFileSync(new URL('../../golden/h323/h460.json', import.meta.url), 'utf8')) as {
  indication: string;
  channels: Channel[];
};

describe('H.460.18', () => {
  it('announces a call as other stacks do', () => {
    const read = decode(RasMessage, Buffer.from(golden.indication, 'hex'));
    const indication = (read.ok && read.value.serviceControlIndication) || assert.fail();
    const call = incomingCallOf(featuresOf(indication));
    assert.deepEqual(call, {
      address: { address: '127.0.0.1', port: 1721 },
      callIdentifier: 'a2f2a26a7aeaf11184d4ad94ce4d1a77',
    });
    assert.deepEqual([incomingCallData(call.address, call.callIdentifier)], indication.genericData);
  });

  it('is not there in what others say', () => {
    assert.equal(incomingCallOf(new Map()), null);
    const raw = Buffer.from('00', 'hex');
    const parameters = [{ id: { standard: 1 }, content: { raw } }];
    assert.equal(incomingCallOf(new Map([[18, { id: { standard: 18 }, parameters }]])), null);
  });
});

describe('H.460.19', () => {
  for (const { by, hex, media, identifier, interval, payloadType } of golden.channels) {
    it(`is read of a ${by}'s channel ${identifier}, and written as it was`, () => {
      const read = decode(MultimediaSystemControlMessage, Buffer.from(hex, 'hex'));
      assert.ok(read.ok);
      const channel = read.value.request?.openLogicalChannel ?? read.value.response?.openLogicalChannelAck;
      const parameters = traversalIn(channel?.genericInformation) ?? assert.fail();
      assert.equal(parameters.multiplexedMediaChannel?.unicastAddress?.iPAddress?.tsapIdentifier, media);
      assert.equal(parameters.multiplexID, identifier);
      assert.equal(parameters.keepAliveInterval, interval);
      assert.equal(parameters.keepAlivePayloadType, payloadType);
      assert.deepEqual([traversalInformation(parameters)], channel?.genericInformation);
      const octets = traversalInformation(parameters).messageContent?.[0]?.parameterValue.octetString;
      assert.ok(octets && hex.endsWith(octets.toString('hex')));
    });
  }

  it('is a feature with what a side can and is', () => {
    for (const multiplex of [true, false])
      for (const server of [true, false])
        assert.deepEqual(mediaTraversalIn([{ id: { standard: 9 } }, mediaTraversalFeature({ multiplex, server })]), {
          multiplex,
          server,
        });
    assert.equal(mediaTraversalIn([{ id: { standard: 9 } }]), null);
    assert.equal(mediaTraversalIn(undefined), null);
  });

  it('is not there in what cannot be read', () => {
    assert.equal(traversalIn(undefined), null);
    assert.equal(traversalIn([{ messageIdentifier: { standard: '0.0.8.460.19.0.1' } }]), null);
    const content = [
      { parameterIdentifier: { standard: 1 }, parameterValue: { octetString: Buffer.from('ff', 'hex') } },
    ];
    assert.equal(traversalIn([{ messageIdentifier: { standard: '0.0.8.460.19.0.1' }, messageContent: content }]), null);
  });

  it('shares a port by identifiers before each packet', () => {
    const packet = keepAlivePacket({ payloadType: 127, sequence: 65_537, timestamp: 0x1_0000_0002, ssrc: 3 });
    assert.equal(packet.toString('hex'), '807f00010000000200000003');
    const whole = multiplexPacket(4_294_967_295, packet);
    assert.deepEqual(demultiplexPacket(whole), { identifier: 4_294_967_295, packet });
    assert.equal(demultiplexPacket(Buffer.alloc(3)), null);
    assert.deepEqual(demultiplexPacket(Buffer.alloc(4)), { identifier: 0, packet: Buffer.alloc(0) });
  });
});
