import type { Line } from '../../media/plane.js';
import type { LineName } from '../../media/vocabulary.js';
import type { ParticipantDescription, RoomDescription } from '../../rooms/describe.js';
import type { Leg } from '../../rooms/leg.js';
import type { Room } from '../../rooms/room.js';
import { document, element, type Xml } from './conference-xml.js';

/** A conference as its event package tells it (RFC 4575), in pieces that can be compared. */
export interface ConferenceState {
  description: Xml;
  state: Xml;
  /** Each user by entity. */
  users: ReadonlyMap<string, Xml>;
}

/** What one document says. */
export interface Report {
  /** Conference URI. */
  entity: string;
  version: number;
  full: boolean;
  /** Null where it is not news. */
  description: Xml | null;
  state: Xml | null;
  users: readonly Xml[];
}

export const conferenceType = 'application/conference-info+xml';

/** Writes a document; elements stand in the order of the schema (RFC 4575 §7). */
export function conferenceDocument({ entity, version, full, description, state, users }: Report): string {
  const inner = [description, state].filter((part) => part !== null);
  const list = element('users', full ? {} : { state: 'partial' }, users);
  const attributes = {
    xmlns: 'urn:ietf:params:xml:ns:conference-info',
    entity,
    state: full ? 'full' : 'partial',
    version,
  };
  return document(element('conference-info', attributes, full || users.length > 0 ? [...inner, list] : inner));
}

/** A user that has left, for a partial document. */
export function leftUser(entity: string): Xml {
  return element('user', { entity, state: 'deleted' });
}

/** The room as it is now; `entities` keeps the name of each participant for as long as it is there. */
export function conferenceState(room: Room, entities: Map<number, string>): ConferenceState {
  const told = room.describe();
  for (const id of [...entities.keys()]) if (!told.participants.some((one) => one.id === id)) entities.delete(id);
  const users = new Map<string, Xml>();
  for (const one of told.participants) {
    const leg = room.participant(one.id)?.leg;
    const entity = entities.get(one.id) ?? freshEntity(one.id, leg?.who.uri ?? '', entities);
    entities.set(one.id, entity);
    users.set(entity, userOf(one, entity, told, leg ?? null));
  }
  return {
    description: element('conference-description', {}, [
      element('display-text', {}, told.name),
      // the schema has no word for it, and those that are recorded are to know
      ...(told.recording ? [element('free-text', {}, 'The conference is being recorded')] : []),
      element('maximum-user-count', {}, told.capacity),
    ]),
    state: element('conference-state', {}, [
      element('user-count', {}, told.participants.length),
      element('active', {}, 'true'),
      element('locked', {}, String(told.locked)),
    ]),
    users,
  };
}

/** The peer's own address; who has none is anonymous, and of two with the same one the later gets its number (§5.6.1). */
function freshEntity(id: number, uri: string, taken: ReadonlyMap<number, string>): string {
  if (!/^(sips?|tel|h323):\S+$/i.test(uri)) return `sip:anonymous${id}@anonymous.invalid`;
  return [...taken.values()].includes(uri) ? `${uri};participant=${id}` : uri;
}

function userOf(
  one: ParticipantDescription,
  entity: string,
  { speaker }: RoomDescription,
  leg: Pick<Leg, 'lines' | 'dialledOut'> | null,
): Xml {
  // the schema has no place for who speaks or presents: devices that show roles show it
  const roles = [one.role, ...(one.presenting ? ['presenter'] : []), ...(speaker === one.id ? ['active speaker'] : [])];
  const media = leg === null ? [] : mediaOf(leg.lines, one.muted);
  const dialledOut = leg?.dialledOut === true;
  return element('user', { entity, state: 'full' }, [
    element('display-text', {}, one.name),
    element(
      'roles',
      {},
      roles.map((role) => element('entry', {}, role)),
    ),
    element('endpoint', { entity: `${entity};leg=${one.id}`, state: 'full' }, [
      ...(one.agent === '' ? [] : [element('display-text', {}, one.agent)]),
      element('status', {}, one.muted ? 'muted-via-focus' : 'connected'),
      element('joining-method', {}, dialledOut ? 'dialed-out' : 'dialed-in'),
      element('joining-info', {}, [element('when', {}, one.joinedAt)]),
      ...media,
    ]),
  ]);
}

const kinds: readonly [LineName, 'audio' | 'video', string][] = [
  ['audio', 'audio', 'audio'],
  ['video', 'video', 'main video'],
  ['content', 'video', 'slides'],
];

/** A muted participant's sound goes into nothing, whatever was agreed on. */
function mediaOf(lines: Readonly<Record<LineName, Line | null>>, muted: boolean): Xml[] {
  return kinds.flatMap(([name, type, words], index) => {
    const direction = lines[name]?.params?.direction;
    if (direction === undefined) return [];
    return element('media', { id: index + 1 }, [
      element('display-text', {}, words),
      element('type', {}, type),
      element('status', {}, (name === 'audio' && muted ? unheard : theirs)[direction]),
    ]);
  });
}

/** Directions as the participant sees them (§5.7.3). */
const theirs = { sendrecv: 'sendrecv', sendonly: 'recvonly', recvonly: 'sendonly', inactive: 'inactive' } as const;
const unheard = { sendrecv: 'recvonly', sendonly: 'recvonly', recvonly: 'inactive', inactive: 'inactive' } as const;
