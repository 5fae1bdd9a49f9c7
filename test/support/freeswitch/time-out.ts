import { readEvent } from '../../../src/protocol/esl/event.js';
import { readMessage } from '../../../src/protocol/esl/message.js';
import { SipPeer } from '../sip-peer.js';
import { waitUntil } from '../wait.js';
import { AudioCall } from './audio-call.js';
import { RawEsl } from './raw-esl.js';
import type { FreeSwitch } from './real.js';

/** What it says of a member from whom nothing comes any more, until its call is ended: in events, and in the BYE. */
export async function timedOut(freeswitch: FreeSwitch, patienceMs: number): Promise<string[]> {
  const esl = await RawEsl.connect(freeswitch);
  const peer = await SipPeer.udp(freeswitch.sip);
  try {
    await esl.ask(`auth ${freeswitch.password}`);
    await esl.ask('event json CHANNEL_HANGUP_COMPLETE CUSTOM conference::maintenance');
    const call = await AudioCall.place(peer, `sip:room-quiet@${freeswitch.sip.address}:${freeswitch.sip.port}`);
    await esl.event('add-member');
    call.still();
    await waitUntil(() => call.over, patienceMs);
    await esl.event('conference-destroy');
    await esl.event('CHANNEL_HANGUP_COMPLETE');
    call.drop();
    const said = esl.frames
      .filter((text) => text.startsWith('Content-Length') && text.includes('Hangup-Cause'))
      .map((text) => readEvent(readMessage(Buffer.from(text))))
      .map((event) => `${event.get('Action') || event.name} ${event.get('Hangup-Cause')}`);
    return [...said, call.reason];
  } finally {
    esl.close();
    peer.close();
  }
}
