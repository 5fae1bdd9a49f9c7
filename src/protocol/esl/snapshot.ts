import { EslUnreadable } from './errors.js';
import { readAnswer } from './answer.js';

/** One member of a conference, as the server knows it. */
export interface MemberSnapshot {
  /** Channel, the only name that is never used again. */
  uuid: string;
  /** What commands call it; counted anew when the server starts. */
  memberId: number;
  /** May speak: not muted. */
  speak: boolean;
  /** May hear: not deaf. */
  hear: boolean;
  hold: boolean;
  talking: boolean;
  moderator: boolean;
  /** How loud it comes in, -4..4 steps. */
  volumeIn: number;
}

/** One conference. */
export interface ConferenceSnapshot {
  name: string;
  /** Of this incarnation: a room that was empty for a moment may have another. */
  id: string;
  locked: boolean;
  /** Sampling rate of the mix, Hz. */
  rate: number;
  members: readonly MemberSnapshot[];
  /** Channel that has the floor, or null. */
  floor: string | null;
}

/**
 * Reads the answer to `conference json_list compact`. Throws EslUnreadable. The text form of the list is never read: a
 * caller's display name can put lines of its own into it.
 */
export function readSnapshot(text: string): ConferenceSnapshot[] {
  // a server without the conference module answers by a refusal
  if (readAnswer(text).kind === 'refused') throw new EslUnreadable(text.slice(0, 100));
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new EslUnreadable('a list of conferences that is no JSON');
  }
  if (!Array.isArray(value)) throw new EslUnreadable('a list of conferences that is no list');
  return value.map((each: unknown) => conferenceOf(fieldsOf(each)));
}

type Fields = Readonly<Record<string, unknown>>;

function conferenceOf(fields: Fields): ConferenceSnapshot {
  const listed: unknown[] = Array.isArray(fields['members']) ? fields['members'] : [];
  // one that is being dialled has no channel yet
  const members = listed.map(fieldsOf).filter((member) => textOf(member['uuid']) !== '');
  const holder = members.find((member) => fieldsOf(member['flags'])['has_floor'] === true);
  return {
    name: textOf(fields['conference_name']),
    id: textOf(fields['conference_uuid']),
    locked: fields['locked'] === true,
    rate: numberOf(fields['rate']),
    members: members.map(memberOf),
    floor: holder ? textOf(holder['uuid']) : null,
  };
}

function memberOf(fields: Fields): MemberSnapshot {
  const flags = fieldsOf(fields['flags']);
  const is = (flag: string): boolean => flags[flag] === true;
  return {
    uuid: textOf(fields['uuid']),
    memberId: numberOf(fields['id']),
    ...{ speak: is('can_speak'), hear: is('can_hear'), hold: is('hold') },
    ...{ talking: is('talking'), moderator: is('is_moderator') },
    volumeIn: numberOf(fields['volume_in']),
  };
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
