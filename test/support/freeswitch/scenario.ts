import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../src/base/clock.js';
import { SipPeer } from '../sip-peer.js';
import { waitUntil } from '../wait.js';
import { AudioCall } from './audio-call.js';
import { RawEsl } from './raw-esl.js';
import type { FreeSwitch } from './real.js';

const room = 'scenario';

/** A conference from its first member to its end, in which all that the bridge uses happens; its event socket. */
export async function playScenario(freeswitch: FreeSwitch): Promise<RawEsl> {
  const esl = await RawEsl.connect(freeswitch);
  const peer = await SipPeer.udp(freeswitch.sip);
  const call = (entry: string, headers: string[] = []): Promise<AudioCall> =>
    AudioCall.place(peer, `sip:${entry}-${room}@${freeswitch.sip.address}:${freeswitch.sip.port}`, headers);
  const conference = (words: string): Promise<string> => esl.ask(`api conference ${room} ${words}`);
  try {
    await opening(esl, freeswitch.password);
    const anna = await call('room');
    await esl.event('floor-change');
    const ben = await call('moderator', ['X-Conference-Flags: deaf']);
    await esl.event('add-member', 2);
    const first = Number(/"Member-ID":"(\d+)"/.exec(esl.frames.join(''))?.[1]);
    await esl.ask('api conference json_list compact');
    await switches(esl, conference, first);
    await levels(esl, anna);
    await refusals(esl, conference);
    await talking(esl, conference, anna, first);
    await sounds(esl, conference, first);
    await recording(esl, conference);
    await keys(esl, anna);
    await lockedOut(esl, conference, () => call('room'));
    const cara = await call('listen');
    await esl.event('add-member', 3);
    await conference(`hup ${first + 1}`);
    await esl.event('CHANNEL_HANGUP_COMPLETE', 2);
    await waitUntil(() => ben.over, 3000);
    // the one that was locked out took a number too
    await conference(`unmute ${first + 3} quiet`);
    await esl.event('unmute-member', 6);
    await anna.end();
    await esl.event('CHANNEL_HANGUP_COMPLETE', 3);
    await esl.event('floor-change', 3);
    await cara.end();
    await esl.event('conference-destroy');
    await esl.event('CHANNEL_HANGUP_COMPLETE', 4);
    await ben.end();
    await esl.event('HEARTBEAT');
    await esl.ask('exit');
    await settle();
    return esl;
  } finally {
    esl.close();
    peer.close();
  }
}

async function opening(esl: RawEsl, password: string): Promise<void> {
  await esl.ask('api status');
  await esl.ask(`auth ${password}`);
  await esl.ask('event json BACKGROUND_JOB HEARTBEAT CHANNEL_HANGUP_COMPLETE CUSTOM conference::maintenance');
  await esl.ask('api global_getvar core_uuid');
  await esl.ask('api conference json_list compact');
  await esl.ask('bgapi conference nosuch lock\nJob-UUID: 11111111-2222-4333-8444-555555555555');
  await esl.event('BACKGROUND_JOB');
}

/** Everything that is on or off. */
async function switches(esl: RawEsl, conference: (words: string) => Promise<string>, first: number): Promise<void> {
  for (const words of ['mute', 'mute', 'unmute', 'deaf', 'undeaf', 'hold', 'unhold']) {
    await conference(`${words} ${first} quiet`);
    await settle();
  }
  for (const words of [`volume_in ${first} -4`, `energy ${first} 300`, 'lock', 'lock', 'unlock']) {
    await conference(words);
    await settle();
  }
  await conference('mute all quiet');
  await conference('unmute all quiet');
  await esl.event('unmute-member', 3);
}

/** How loud a channel is taken. */
async function levels(esl: RawEsl, { id }: AudioCall): Promise<void> {
  for (const words of ['start read level -2', 'start read level 3', 'stop', 'stop', 'start read', '']) {
    await esl.ask(`api uuid_audio ${id} ${words}`.trim());
    await settle();
  }
  await esl.ask('api uuid_audio nosuch stop');
}

async function refusals(esl: RawEsl, conference: (words: string) => Promise<string>): Promise<void> {
  for (const words of ['mute', 'mute 9999', 'mute abc', 'nonsense', 'volume_in 9999 1', 'play /nonexistent/x.wav']) {
    await conference(words);
  }
  for (const words of [
    'conference nosuch mute 1',
    'conference nosuch json_list compact',
    'uuid_kill nosuch',
    'nosuch x',
  ]) {
    await esl.ask(`api ${words}`);
  }
  for (const words of ['nonsense', 'event json', 'nixevent CHANNEL_CREATE']) await esl.ask(words);
}

async function talking(
  esl: RawEsl,
  conference: (words: string) => Promise<string>,
  anna: AudioCall,
  first: number,
): Promise<void> {
  anna.sing(500);
  await esl.event('start-talking');
  anna.hush();
  await esl.event('stop-talking');
  anna.sing(500);
  await esl.event('start-talking', 2);
  await conference(`mute ${first} quiet`);
  await esl.event('mute-member', 5);
  anna.hush();
  // what she sang last is no longer on its way
  await settle(300);
  await conference(`unmute ${first} quiet`);
  await esl.event('unmute-member', 4);
}

async function sounds(esl: RawEsl, conference: (words: string) => Promise<string>, first: number): Promise<void> {
  await conference('play tone_stream://%(200,0,700)');
  await esl.event('play-file-done');
  await conference(`play tone_stream://%(200,0,700) ${first}`);
  await esl.event('play-file-member-done');
  await conference('play tone_stream://%(9000,0,700)');
  await settle();
  await conference('stop all');
  await esl.event('play-file-done', 2);
  await conference(`play tone_stream://%(9000,0,700) ${first}`);
  await conference(`play tone_stream://%(200,0,700) 9999`);
  await conference(`stop all ${first}`);
  await esl.event('play-file-member-done', 2);
  await conference('stop all');
}

async function recording(esl: RawEsl, conference: (words: string) => Promise<string>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'freeswitch-scenario-'));
  const path = join(folder, 'room.wav');
  await conference(`recording stop ${path}`);
  for (const how of ['start', 'pause', 'resume', 'stop']) {
    await conference(`recording ${how} ${path}`);
    await esl.event(`${how}-recording`);
  }
  rmSync(folder, { recursive: true });
}

/** Mutes itself by its keys, and back. */
async function keys(esl: RawEsl, anna: AudioCall): Promise<void> {
  await esl.ask(`api uuid_recv_dtmf ${anna.id} *6`);
  await esl.event('mute-member', 6);
  await esl.ask(`api uuid_recv_dtmf ${anna.id} *6`);
  await esl.event('unmute-member', 5);
}

/** Comes to a locked room: answered, hung up, and no event of the conference. */
async function lockedOut(
  esl: RawEsl,
  conference: (words: string) => Promise<string>,
  come: () => Promise<AudioCall>,
): Promise<void> {
  await conference('lock');
  await esl.event('lock', 3);
  const late = await come();
  await esl.event('CHANNEL_HANGUP_COMPLETE');
  await waitUntil(() => late.over, 3000);
  await late.end();
  await conference('unlock');
  await esl.event('unlock', 2);
}

/** What one command causes comes before the next one. */
function settle(ms = 60): Promise<void> {
  return new Promise((resolve) => systemClock.after(ms, resolve));
}
