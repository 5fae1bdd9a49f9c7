import assert from 'node:assert/strict';
import { RtpengineAnchor } from '../../../src/media/anchors/rtpengine-anchor.js';
import type { CommandOptions, RtpengineControl } from '../../../src/protocol/rtpengine/control.js';

const floor = [
  'm=application 5000 UDP/TLS/BFCP *',
  'a=ice-ufrag:peer',
  'a=ice-pwd:peer+password+of/22+octets',
  'a=candidate:1 1 UDP 1 192.0.2.9 5000 typ host',
];
const offer = (...audio: string[]): string =>
  ['v=0', 'o=- 1 1 IN IP4 192.0.2.9', 's=-', 'c=IN IP4 192.0.2.9', 't=0 0', ...audio, ...floor, ''].join('\r\n');

describe('a media anchor beside floor control with ICE', () => {
  const asked: CommandOptions[] = [];
  const control = {
    offer: (options: CommandOptions & { sdp: string }) => (asked.push(options), Promise.resolve(options.sdp)),
    answer: (options: CommandOptions & { sdp: string }) => (asked.push(options), Promise.resolve(options.sdp)),
  } as unknown as RtpengineControl;

  for (const [what, ice, ...audio] of [
    ['has no ICE on media that has none', 'remove', 'm=audio 4000 RTP/SAVP 8'],
    ['has ICE on media that has it', 'force', 'm=audio 4000 UDP/TLS/RTP/SAVPF 8', 'a=ice-ufrag:media'],
  ] as const) {
    it(what, async () => {
      asked.length = 0;
      const anchor = new RtpengineAnchor(control, 'call', 'sdes', null);
      const plain = await anchor.offerFromPeer(offer(...audio));
      assert.match(plain, /UDP\/TLS\/BFCP[^]*a=candidate/, 'the floor line is back');
      await anchor.answerToPeer(offer('m=audio 6000 RTP/AVP 8'));
      assert.equal(asked[1]?.['ICE'], ice);
      for (const { sdp } of asked as { sdp: string }[]) assert.doesNotMatch(sdp, /BFCP|candidate/);
    });
  }
});
