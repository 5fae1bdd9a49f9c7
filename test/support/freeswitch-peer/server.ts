import { systemClock } from '../../../src/base/clock.js';
import { Channel, entryOf } from './channel.js';
import { Conference, type Member } from './conference.js';
import { Core, type PeerEvent } from './core.js';
import { agreeOn, answerText } from './description.js';
import { Faults } from './faults.js';
import type { Request, SipSide } from './sip-side.js';
import type { Sound } from './sound.js';

/** From the 200 to a member's entry, ms. */
const entryMs = 5;

interface Seat {
  channel: Channel;
  conference: Conference | null;
  member: Member | null;
  /** Keys pressed of a sequence that is not whole. */
  keys: string;
}

/** Calls and conferences of one stand-in, over the runs of its "process". */
export class Server {
  core = new Core();
  readonly conferences = new Map<string, Conference>();
  readonly channels = new Map<string, Seat>();
  readonly faults = new Faults();
  /** Called with each event. */
  onEvent: (event: PeerEvent) => void = () => undefined;

  constructor(
    readonly password: string,
    private readonly sip: SipSide,
    private readonly sound: Sound,
  ) {
    this.core.onEvent = (event) => this.onEvent(event);
    sip.onRequest = (request) => void this.take(request);
    sound.mixer.on.on('speaking', ({ room, members }) => this.named(room)?.heard(members));
    sound.mixer.on.on('active', ({ room, member }) => {
      const conference = this.named(room);
      conference?.takeFloor(conference.members.find(({ id, speak }) => speak && String(id) === member));
    });
  }

  /** The process ends and another one begins: nothing of the former is left, and nobody is told. */
  reborn(): void {
    for (const conference of this.conferences.values()) conference.vanish();
    for (const { channel } of this.channels.values()) {
      this.sip.forget(channel.uuid);
      channel.line.close();
    }
    this.conferences.clear();
    this.channels.clear();
    this.core.onEvent = () => undefined;
    this.core = new Core();
    this.core.onEvent = (event) => this.onEvent(event);
  }

  /** `uuid_kill`. False when there is no such channel. */
  kill(uuid: string): boolean {
    const seat = this.channels.get(uuid);
    if (!seat) return false;
    if (seat.member) seat.conference?.leave(seat.member, 'NORMAL_CLEARING');
    this.hangUp(seat.channel);
    return true;
  }

  /** Nothing came of a channel for `media_timeout`. */
  private timedOut(uuid: string): void {
    const seat = this.channels.get(uuid);
    if (!seat) return;
    const cause = 'MEDIA_TIMEOUT';
    if (seat.member) seat.conference?.leave(seat.member, cause);
    this.sip.bye(uuid, `SIP;cause=804;text="${cause}"`);
    this.gone(seat.channel, 'send_bye', cause);
  }

  /** Takes what comes from a channel by another step of volume. */
  async level(uuid: string, step: number): Promise<void> {
    const seat = this.channels.get(uuid);
    if (!seat) return;
    seat.channel.level = step;
    if (seat.member) await seat.conference?.loudness(seat.member);
  }

  /** Hangs up a call that has left its conference. */
  hangUp(channel: Channel): void {
    if (!this.channels.has(channel.uuid)) return;
    this.sip.bye(channel.uuid);
    this.gone(channel, 'send_bye');
  }

  /** A key of a caller: `*6` and `*7` are the only ones that do anything. */
  pressed(uuid: string, digit: string): void {
    const seat = this.channels.get(uuid);
    if (!seat) return;
    seat.keys = digit === '*' ? '*' : seat.keys + digit;
    const { conference, channel, keys } = seat;
    const member = conference?.members.find((each) => each.channel === channel);
    if (keys.length < 2 || !conference || !member) return;
    seat.keys = '';
    if (keys === '*6') void conference.switch(member, member.speak ? 'mute' : 'unmute');
    if (keys === '*7') void conference.switch(member, member.hear ? 'deaf' : 'undeaf');
  }

  private async take(request: Request): Promise<void> {
    const { method } = request.message;
    const known = this.channels.get(request.callId);
    const inside = (request.message.headers.get('to') ?? '').includes('tag=');
    if (method === 'OPTIONS') return request.respond('200 OK');
    if (method === 'INVITE' && !inside)
      return known ? request.respond('503 Service Unavailable') : this.invited(request);
    if (method === 'REGISTER') return request.respond('403 Forbidden');
    if (!known) return request.respond('481 Call Does Not Exist');
    if (method === 'INVITE') return this.changed(request, known);
    request.respond('200 OK');
    if (method === 'BYE') this.left(known);
  }

  private async invited(request: Request): Promise<void> {
    const { headers, uri, body } = request.message;
    const dialled = decodeURIComponent(/^sips?:([^@;]*)@/.exec(uri)?.[1] ?? '');
    const header = (name: string): string => headers.get(name) ?? '';
    const entry = entryOf(dialled, header('X-Conference-Profile'), header('X-Conference-Flags'));
    if (typeof entry === 'string') return request.respond(entry);
    const agreed = agreeOn(body.toString());
    if (!agreed) return request.respond('488 Not Acceptable Here');
    request.respond('100 Trying');
    const line = await this.sound.open();
    line.update(agreed.params);
    const channel = new Channel(request.callId, entry, callerOf(headers.get('from') ?? ''), line, agreed.format);
    const seat: Seat = { channel, conference: null, member: null, keys: '' };
    this.channels.set(channel.uuid, seat);
    line.on.on('silent', () => this.timedOut(channel.uuid));
    line.on.on('digit', ({ digit }) => this.pressed(channel.uuid, digit));
    request.respond('200 OK', answerText(agreed, line));
    systemClock.after(entryMs, () => void this.enter(seat));
  }

  private async enter(seat: Seat): Promise<void> {
    const { channel } = seat;
    const { entry, uuid, line } = channel;
    if (!this.channels.has(uuid)) return;
    if (entry.kind === 'echo') {
      await this.sound.mixer.open(uuid, { echo: true });
      await this.sound.join(uuid, uuid, line);
      return this.sound.follow(uuid, uuid, line);
    }
    const conference = this.conferences.get(entry.name) ?? this.create(entry.name, entry.profile);
    seat.conference = conference;
    seat.member = await conference.enter(channel);
    if (!seat.member) return this.hangUp(channel);
    // it may have hung up while it entered
    if (!this.channels.has(uuid)) conference.leave(seat.member, 'NORMAL_CLEARING');
  }

  private create(name: string, profile: string): Conference {
    const conference = new Conference(name, profile, this.core, this.sound, () => {
      if (this.conferences.get(name) === conference) this.conferences.delete(name);
    });
    this.conferences.set(name, conference);
    return conference;
  }

  private changed(request: Request, { channel, conference, member }: Seat): void {
    const agreed = agreeOn(request.message.body.toString());
    if (!agreed) return request.respond('488 Not Acceptable Here');
    channel.line.update(agreed.params);
    channel.format = agreed.format;
    if (conference && member) this.sound.follow(conference.uuid, String(member.id), channel.line);
    else this.sound.follow(channel.uuid, channel.uuid, channel.line);
    request.respond('200 OK', answerText(agreed, channel.line));
  }

  private left({ channel, conference, member }: Seat): void {
    this.sip.forget(channel.uuid);
    if (member) conference?.leave(member, 'NORMAL_CLEARING');
    this.gone(channel, 'recv_bye');
  }

  private gone(channel: Channel, how: 'send_bye' | 'recv_bye', cause = 'NORMAL_CLEARING'): void {
    const seat = this.channels.get(channel.uuid);
    this.channels.delete(channel.uuid);
    channel.line.close();
    const { member, conference } = seat ?? {};
    if (channel.entry.kind === 'echo') void this.sound.mixer.closeRoom(channel.uuid).catch(() => undefined);
    const within = {
      variable_conference_member_id: String(member?.id),
      variable_conference_uuid: conference?.uuid ?? '',
    };
    const outside = how === 'send_bye' && !member ? ':outside' : '';
    this.core.raise(`CHANNEL_HANGUP_COMPLETE:${how}${outside}`, {
      ...channel.values(),
      ...(member ? within : {}),
      'Hangup-Cause': cause,
    });
  }

  private named(uuid: string): Conference | undefined {
    return [...this.conferences.values()].find((conference) => conference.uuid === uuid);
  }
}

function callerOf(from: string): { name: string; user: string; host: string } {
  const [, name = '', user = '', host = ''] = /^(?:"?([^"<]*?)"?\s*)?<sips?:(?:([^@>;]*)@)?([^>;]*)/.exec(from) ?? [];
  return { name: name === '' ? user : name, user, host };
}
