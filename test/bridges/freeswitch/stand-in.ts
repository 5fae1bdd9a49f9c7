import type { SoundStay } from '../../../src/rooms/call-diagnosis.js';
import assert from 'node:assert/strict';
import { systemChance } from '../../../src/base/ids.js';
import { silentLog } from '../../../src/base/log.js';
import { createMetrics } from '../../../src/base/metrics.js';
import { freeSwitchBridge, type FreeSwitchBridge } from '../../../src/bridges/freeswitch/bridge.js';
import type { ServerSettings } from '../../../src/bridges/freeswitch/server.js';
import type { Line, OpenLine } from '../../../src/media/plane.js';
import { Emitter } from '../../../src/base/events.js';
import type { AudioFormat } from '../../../src/media/vocabulary.js';
import type {
  SoundCall,
  SoundCallEvents,
  SoundCallRequest,
  SoundDialer,
  SoundTerms,
} from '../../../src/rooms/sound-call.js';
import { apiAnswer, at, jsonEvent, reply, ScriptedServer } from '../../protocol/esl/peer.js';
import { FakeBridge } from '../../support/fakes/fake-bridge.js';
import { FakeLine, lineParams } from '../../support/fakes/fake-line.js';
import { ManualClock } from '../../support/manual-clock.js';

interface Channel {
  id: number;
  room: string;
  speak: boolean;
  hear: boolean;
  talking: boolean;
  volume: number;
  /** Step of what comes from its channel. */
  level: number;
  call: StandInCall;
}

/** One call as its server has it. */
export class StandInCall implements SoundCall {
  readonly line: FakeLine;
  readonly on = new Emitter<SoundCallEvents>();
  readonly changes: SoundTerms[] = [];
  over = false;

  constructor(
    readonly request: SoundCallRequest,
    private readonly hungUp: () => void,
  ) {
    this.line = new FakeLine(`${request.callId}/audio`, 'audio');
    const formats = [...request.terms.formats];
    this.line.update({ ...lineParams(request.terms.direction), receive: formats, send: formats, events });
  }

  change(terms: SoundTerms): Promise<void> {
    this.changes.push(terms);
    return Promise.resolve();
  }

  end(): Promise<void> {
    if (this.over) return Promise.resolve();
    this.over = true;
    this.hungUp();
    return Promise.resolve();
  }

  /** The server hangs up. */
  bye(): void {
    this.over = true;
    this.on.emit('ended', { why: 'hung up' });
  }
}

const events = { receive: [{ pt: 101, clock: 8000 }], send: [{ pt: 101, clock: 8000 }] };

/** What the far end of a member's line speaks in these tests. */
export const pcmu: AudioFormat = { kind: 'audio', name: 'PCMU', pt: 0, clock: 8000, channels: 1, params: {} };

/** A FreeSWITCH as it is on the wire of its event socket, with calls that need no wire. */
export class StandIn implements SoundDialer {
  readonly channels = new Map<string, Channel>();
  readonly calls: StandInCall[] = [];
  readonly locked = new Set<string>();
  readonly files = new Set<string>();
  /** Commands to conferences, without their names. */
  readonly commands: string[] = [];
  readonly server: ScriptedServer;
  core = 'core-1';
  /** Events that are kept back; null sends them at once. */
  kept: string[] | null = null;
  /** What happens instead of an add-member. */
  arriving: ((channel: string, add: () => void) => void) | null = null;
  private lastId = 0;

  constructor() {
    this.server = new ScriptedServer((command) => this.answer(command));
  }

  call(request: SoundCallRequest): Promise<SoundCall> {
    const call = new StandInCall(request, () => this.gone(request.callId, 'NORMAL_CLEARING'));
    this.calls.push(call);
    const room = /^sip:[a-z]+-([^@]+)@/.exec(request.to)?.[1] ?? '';
    const flags = request.headers['X-Conference-Flags'] ?? '';
    const add = (): void => {
      if (this.locked.has(room)) return call.bye();
      const channel: Channel = {
        ...{ id: ++this.lastId, room, talking: false, volume: 0, level: 0, call },
        ...{ speak: !/\bmute\b/.test(flags), hear: !/\bdeaf\b/.test(flags) },
      };
      this.channels.set(request.callId, channel);
      this.tell('add-member', request.callId);
    };
    if (this.arriving) this.arriving(request.callId, add);
    else add();
    return Promise.resolve(call);
  }

  /** Channel of a member by the name that it shows. */
  find(name: string): string {
    const [uuid = ''] = [...this.channels].find(([, { call }]) => call.request.name === name) ?? [];
    return uuid;
  }

  /** Somebody at the console, or a key, changes a member. */
  set(uuid: string, action: string, change: Partial<Channel>): void {
    const channel = this.channels.get(uuid);
    if (channel) Object.assign(channel, change);
    this.tell(action, uuid);
  }

  /** Lets kept events go. */
  release(): void {
    const { kept } = this;
    this.kept = null;
    for (const event of kept ?? []) this.server.send(event);
  }

  gone(uuid: string, cause = ''): void {
    const channel = this.channels.get(uuid);
    if (!channel) return;
    this.tell('del-member', uuid, cause === '' ? {} : { 'Hangup-Cause': cause });
    this.channels.delete(uuid);
  }

  /** It is another process now, and knows nobody. */
  restart(core: string): void {
    this.core = core;
    this.lastId = 0;
    this.channels.clear();
    this.locked.clear();
    this.server.stream?.destroy();
  }

  tell(action: string, uuid: string, more: Record<string, string> = {}, room = ''): void {
    const channel = this.channels.get(uuid);
    const name = channel?.room ?? room;
    const member = channel && {
      ...{ 'Unique-ID': uuid, 'Member-ID': String(channel.id), 'Member-Type': 'member' },
      ...{ Speak: String(channel.speak), Hear: String(channel.hear), Talking: String(channel.talking), Hold: 'false' },
      ...(action === 'volume-in-member' ? { 'Volume-Level': String(channel.volume) } : {}),
    };
    const text = jsonEvent({
      ...{ 'Event-Name': 'CUSTOM', 'Event-Subclass': 'conference::maintenance', Action: action },
      ...{ 'Conference-Name': name, 'Conference-Unique-ID': `id of ${name}`, ...member, ...more },
    });
    if (this.kept) this.kept.push(text);
    else this.server.send(text);
  }

  private answer(command: string): string {
    if (command.startsWith('auth ')) return reply('+OK accepted');
    if (command.startsWith('event ')) return reply('+OK event listener enabled json');
    if (command === 'api global_getvar core_uuid') return apiAnswer(this.core);
    if (command === 'api conference json_list compact') return apiAnswer(this.list());
    const [, path] = /^api file_exists (.*)$/.exec(command) ?? [];
    if (path !== undefined) return apiAnswer(String(this.files.has(path)));
    const [, channel = '', step] = /^api uuid_audio (\S+) (?:stop|start read level (\S+))$/.exec(command) ?? [];
    if (channel !== '') return apiAnswer(this.level(channel, Number(step ?? 0)));
    const [, room = '', words = ''] = /^api conference (\S+) (.*)$/.exec(command) ?? [];
    if (words === '') return apiAnswer('+OK');
    this.commands.push(words);
    const answer = apiAnswer(this.obey(room, words));
    // answers come before the events they cause
    queueMicrotask(() => this.follow(room, words));
    return answer;
  }

  private level(uuid: string, step: number): string {
    this.commands.push(`level ${step}`);
    const channel = this.channels.get(uuid);
    if (!channel) return '-ERR No such channel!\n';
    channel.level = step;
    return '+OK\n';
  }

  private obey(room: string, words: string): string {
    if (![...this.channels.values()].some((channel) => channel.room === room))
      return `-ERR Conference ${room} not found\n`;
    const [verb = '', id = ''] = words.split(' ');
    if (!verbs.has(verb)) return '+OK done\n';
    return this.byId(id) === null ? `-ERR Non-Existant ID ${id}\n` : `+OK ${verb} ${id}\n`;
  }

  private follow(room: string, words: string): void {
    const [verb = '', id = '', value = ''] = words.split(' ');
    if (verb === 'lock' || verb === 'unlock') {
      if (verb === 'lock') this.locked.add(room);
      else this.locked.delete(room);
      return this.tell(verb, '', {}, room);
    }
    if (verb === 'recording') {
      this.files.add(value);
      return this.tell(`${id}-recording`, '', { Path: value }, room);
    }
    const uuid = this.byId(id);
    const change = verbs.get(verb);
    if (uuid !== null && change)
      this.set(uuid, change.action, { ...change.to, ...(verb === 'volume_in' ? { volume: Number(value) } : {}) });
  }

  private byId(id: string): string | null {
    return [...this.channels].find(([, channel]) => String(channel.id) === id)?.[0] ?? null;
  }

  private list(): string {
    const rooms = new Set([...this.channels.values()].map(({ room }) => room));
    const flags = ({ speak, hear, talking }: Channel): object => ({ can_speak: speak, can_hear: hear, talking });
    const membersOf = (room: string): object[] =>
      [...this.channels]
        .filter(([, channel]) => channel.room === room)
        .map(([uuid, channel]) => ({ uuid, id: channel.id, volume_in: channel.volume, flags: flags(channel) }));
    return JSON.stringify(
      [...rooms].map((room) => ({
        conference_name: room,
        conference_uuid: `id of ${room}`,
        locked: this.locked.has(room),
        members: membersOf(room),
      })),
    );
  }
}

const verbs = new Map<string, { action: string; to: Partial<Channel> }>([
  ['mute', { action: 'mute-member', to: { speak: false, talking: false } }],
  ['unmute', { action: 'unmute-member', to: { speak: true } }],
  ['deaf', { action: 'deaf-member', to: { hear: false } }],
  ['undeaf', { action: 'undeaf-member', to: { hear: true } }],
  ['volume_in', { action: 'volume-in-member', to: {} }],
]);

/** A line whose far end speaks PCMU. */
export function lineOf(id: string): FakeLine {
  const line = new FakeLine(`${id}/audio`, 'audio');
  line.update({ ...lineParams('sendrecv'), receive: [pcmu], send: [pcmu] });
  return line;
}

/** Lets everything happen that waits for nothing but its turn. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 12; turn++) await new Promise(setImmediate);
}

/** The bridge with one stand-in for a server. */
export interface StandInRig {
  clock: ManualClock;
  server: StandIn;
  bridge: FreeSwitchBridge;
  local: FakeBridge;
  /** What is passed on to where. */
  feeds: Map<Line, Line | null>;
  /** Lines of links. */
  opened: FakeLine[];
  /** What was told of calls of members, for operators. */
  stays: (SoundStay & { leg: string })[];
  /** Asserts that nothing is left. */
  close(): Promise<void>;
}

/** Connected; `most` members in one conference. */
export async function startStandIn(most = 500, profile?: ServerSettings['profile']): Promise<StandInRig> {
  const clock = new ManualClock();
  const server = new StandIn();
  await server.server.listen();
  const local = new FakeBridge();
  const feeds = new Map<Line, Line | null>();
  const opened: FakeLine[] = [];
  const stays: StandInRig['stays'] = [];
  const open = ({ id, kind }: OpenLine): Promise<Line> => {
    const line = new FakeLine(id, kind);
    opened.push(line);
    return Promise.resolve(line);
  };
  const settings = { name: 'one', esl: at, password: 'labpass', sip: { host: 'fs.example', port: 5080 } };
  const more = { membersPerConference: most, ...(profile ? { profile } : {}) };
  const bridge = freeSwitchBridge([{ ...settings, ...more }], {
    ...{ net: server.server.net, clock, chance: systemChance, log: silentLog, metrics: createMetrics() },
    ...{ plane: { feed: (from, to) => void feeds.set(from, to), open }, local, dialer: server },
    calls: { sound: (leg, stay) => stays.push({ leg, ...stay }) },
  });
  await settled();
  const close = async (): Promise<void> => {
    server.release();
    const closing = bridge.close();
    await settled();
    clock.advance(5000);
    await closing;
    assert.equal(clock.pending, 0);
    assert.ok(opened.every((line) => line.closed));
    assert.equal(server.channels.size, 0);
  };
  return { clock, server, bridge, local, feeds, opened, stays, close };
}
