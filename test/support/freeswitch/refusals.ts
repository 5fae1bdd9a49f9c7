import { RawCall } from '../raw-call.js';
import { SipPeer } from '../sip-peer.js';
import { audioOffer } from './audio-call.js';
import { RawEsl } from './raw-esl.js';
import type { FreeSwitch } from './real.js';

const invitations: [user: string, headers: string[], offer: { pt: number; codec: string }][] = [
  ['alice', [], { pt: 0, codec: 'PCMU/8000' }],
  ['room-', [], { pt: 0, codec: 'PCMU/8000' }],
  ['room-a%20b', [], { pt: 0, codec: 'PCMU/8000' }],
  [`room-${'a'.repeat(65)}`, [], { pt: 0, codec: 'PCMU/8000' }],
  ['room-a', ['X-Conference-Profile: default'], { pt: 0, codec: 'PCMU/8000' }],
  ['room-a', ['X-Conference-Flags: mute}@wideband'], { pt: 0, codec: 'PCMU/8000' }],
  ['room-a', ['X-Conference-Flags: endconf'], { pt: 0, codec: 'PCMU/8000' }],
  ['room-a', [], { pt: 96, codec: 'AMR/8000' }],
  ['room-a', [], { pt: 118, codec: 'PCMU/8000' }],
];

/** How it answers calls that it does not take, a call outside its own, and one whose Call-ID is taken. */
export async function refusals({ sip }: FreeSwitch): Promise<string[]> {
  const peer = await SipPeer.udp(sip);
  const uri = (user: string): string => `sip:${user}@${sip.address}:${sip.port}`;
  const statuses: string[] = [];
  const ask = async (call: RawCall, method: string, body = '', headers: string[] = []): Promise<void> => {
    call.send(method, body, headers);
    statuses.push((await call.final(method)).start.slice(0, 11));
  };
  for (const [user, headers, offer] of invitations) {
    await ask(new RawCall(peer, uri(user)), 'INVITE', audioOffer(40_000, offer), headers);
  }
  const outside = new RawCall(peer, uri('echo'));
  outside.to += ';tag=nobody';
  await ask(outside, 'BYE');
  await ask(new RawCall(peer, uri('echo')), 'OPTIONS');
  const first = new RawCall(peer, uri('echo'));
  await first.invite(audioOffer(40_000));
  const twin = Object.assign(new RawCall(peer, uri('echo')), { id: first.id, n: 5 });
  await ask(twin, 'INVITE', audioOffer(40_002));
  await first.bye();
  peer.close();
  return statuses;
}

/** What its event socket says to a wrong password. */
export async function wrongPassword(freeswitch: FreeSwitch): Promise<string[]> {
  const esl = await RawEsl.connect(freeswitch);
  await esl.ask('auth of somebody else');
  await esl.ended();
  return esl.frames;
}
