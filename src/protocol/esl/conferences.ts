import type { EslEvent } from './event.js';
import type { ConferenceSnapshot, MemberSnapshot } from './snapshot.js';

/** What became otherwise in a conference. */
export type ConferenceChange = { room: string } & (
  | { kind: 'opened' | 'closed' }
  | { kind: 'joined'; member: MemberSnapshot }
  /** `cause` is the channel's hang-up cause where the leg ended by itself, else ''. */
  | { kind: 'left'; member: MemberSnapshot; cause: string }
  /** What it may do is otherwise: muted, deaf, held, and who talks. */
  | { kind: 'member'; member: MemberSnapshot; before: MemberSnapshot }
  /** Somebody at the controls of the server puts it out; `left` follows. */
  | { kind: 'kicked'; uuid: string }
  | { kind: 'floor'; uuid: string | null }
  | { kind: 'locked'; on: boolean }
  /** `uuid` is null when all hear it. */
  | { kind: 'played'; file: string; uuid: string | null; done: boolean; error: string }
  | { kind: 'recording'; path: string; state: 'start' | 'stop' | 'pause' | 'resume' }
  | { kind: 'digits'; uuid: string; digits: string }
);

interface Conference {
  name: string;
  id: string;
  locked: boolean;
  members: Map<string, MemberSnapshot>;
  floor: string | null;
}

/**
 * The conferences of one server, kept by its events (`conference::maintenance`) after a first list. What is told twice
 * changes nothing, so events may overlap the list. Members are known by their channel, conferences by their unique id.
 */
export class Conferences {
  private readonly byId = new Map<string, Conference>();

  /** How things stand; what is no longer there is told as gone, what is new as come. */
  replace(list: readonly ConferenceSnapshot[]): ConferenceChange[] {
    const changes: ConferenceChange[] = [];
    const there = new Set(list.map(({ id }) => id));
    for (const conference of [...this.byId.values()]) {
      if (!there.has(conference.id)) changes.push(...this.gone(conference));
    }
    for (const each of list) changes.push(...this.align(each));
    return changes;
  }

  /** Applies one event; all but those of conferences change nothing. */
  apply(event: EslEvent): ConferenceChange[] {
    if (event.subclass !== 'conference::maintenance') return [];
    const id = event.get('Conference-Unique-ID');
    const action = event.get('Action');
    if (action === 'conference-destroy') return this.gone(this.byId.get(id));
    // the channel data of a refused comer names no conference
    if (id === '') return [];
    const changes: ConferenceChange[] = [];
    const conference = this.ensure(id, event.get('Conference-Name'), changes);
    changes.push(...this.act(conference, action, event));
    return changes;
  }

  /** How things stand, for the next list and for tests. */
  list(): Omit<ConferenceSnapshot, 'rate'>[] {
    return [...this.byId.values()].map(({ members, ...rest }) => ({ ...rest, members: [...members.values()] }));
  }

  private act(conference: Conference, action: string, event: EslEvent): ConferenceChange[] {
    const room = conference.name;
    const uuid = event.get('Unique-ID');
    switch (action) {
      case 'add-member':
        return this.join(conference, memberOf(event, 0));
      case 'del-member':
        return this.leave(conference, uuid, event.get('Hangup-Cause'));
      case 'floor-change':
        return this.floor(conference, event.get('New-ID') === 'none' ? null : uuid);
      case 'kick-member':
      case 'hup-member':
        return [{ kind: 'kicked', room, uuid }];
      case 'lock':
      case 'unlock':
        return this.lock(conference, action === 'lock');
      case 'dtmf':
        return [{ kind: 'digits', room, uuid, digits: event.get('DTMF-Key') }];
    }
    const told = toldOnly(room, action, event);
    if (told) return [told];
    if (uuid === '') return [];
    const level = action === 'volume-in-member' ? Number(event.get('Volume-Level')) : NaN;
    const before = conference.members.get(uuid)?.volumeIn ?? 0;
    return this.change(conference, memberOf(event, Number.isInteger(level) ? level : before));
  }

  private ensure(id: string, name: string, changes: ConferenceChange[]): Conference {
    const known = this.byId.get(id);
    if (known) return known;
    const conference: Conference = { id, name, locked: false, members: new Map(), floor: null };
    this.byId.set(id, conference);
    changes.push({ kind: 'opened', room: name });
    return conference;
  }

  private align({ id, name, locked, members, floor }: ConferenceSnapshot): ConferenceChange[] {
    const changes: ConferenceChange[] = [];
    const conference = this.ensure(id, name, changes);
    const there = new Set(members.map(({ uuid }) => uuid));
    for (const uuid of [...conference.members.keys()]) {
      if (!there.has(uuid)) changes.push(...this.leave(conference, uuid, ''));
    }
    for (const member of members) changes.push(...this.join(conference, member));
    return [...changes, ...this.lock(conference, locked), ...this.floor(conference, floor)];
  }

  private gone(conference: Conference | undefined): ConferenceChange[] {
    if (!conference) return [];
    const left = [...conference.members.keys()].flatMap((uuid) => this.leave(conference, uuid, ''));
    this.byId.delete(conference.id);
    return [...left, { kind: 'closed', room: conference.name }];
  }

  private join(conference: Conference, member: MemberSnapshot): ConferenceChange[] {
    if (conference.members.has(member.uuid)) return this.change(conference, member);
    conference.members.set(member.uuid, member);
    return [{ kind: 'joined', room: conference.name, member }];
  }

  private leave(conference: Conference, uuid: string, cause: string): ConferenceChange[] {
    const member = conference.members.get(uuid);
    if (!member) return [];
    conference.members.delete(uuid);
    // who leaves while talking is not told to have stopped
    const last = { ...member, talking: false };
    return [
      ...this.floor(conference, conference.floor === uuid ? null : conference.floor),
      { kind: 'left', room: conference.name, member: last, cause },
    ];
  }

  private change(conference: Conference, member: MemberSnapshot): ConferenceChange[] {
    const before = conference.members.get(member.uuid);
    if (!before || same(before, member)) return [];
    conference.members.set(member.uuid, member);
    return [{ kind: 'member', room: conference.name, member, before }];
  }

  private floor(conference: Conference, uuid: string | null): ConferenceChange[] {
    if (conference.floor === uuid) return [];
    conference.floor = uuid;
    return [{ kind: 'floor', room: conference.name, uuid }];
  }

  private lock(conference: Conference, on: boolean): ConferenceChange[] {
    if (conference.locked === on) return [];
    conference.locked = on;
    return [{ kind: 'locked', room: conference.name, on }];
  }
}

const recordings = {
  'start-recording': 'start',
  'stop-recording': 'stop',
  'pause-recording': 'pause',
  'resume-recording': 'resume',
} as const;

/** Events that change nothing that is kept. */
function toldOnly(room: string, action: string, event: EslEvent): ConferenceChange | null {
  if (action in recordings) {
    const state = recordings[action as keyof typeof recordings];
    return { kind: 'recording', room, path: event.get('Path'), state };
  }
  if (!action.startsWith('play-file')) return null;
  return {
    ...{ kind: 'played', room, file: event.get('File') },
    uuid: action.startsWith('play-file-member') ? event.get('Unique-ID') : null,
    ...{ done: action.endsWith('-done'), error: event.get('Error') },
  };
}

/** The block of a member in its event. A muted member is never told to have stopped talking: it has. */
function memberOf(event: EslEvent, volumeIn: number): MemberSnapshot {
  const is = (header: string): boolean => event.get(header) === 'true';
  const speak = is('Speak');
  return {
    uuid: event.get('Unique-ID'),
    memberId: Number(event.get('Member-ID')) || 0,
    ...{ speak, hear: is('Hear'), hold: is('Hold') },
    talking: speak && is('Talking'),
    moderator: event.get('Member-Type') === 'moderator',
    volumeIn,
  };
}

const compared = ['memberId', 'speak', 'hear', 'hold', 'talking', 'moderator', 'volumeIn'] as const;

function same(a: MemberSnapshot, b: MemberSnapshot): boolean {
  return compared.every((key) => a[key] === b[key]);
}
