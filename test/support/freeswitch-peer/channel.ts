import type { Line } from '../../../src/media/plane.js';
import type { AudioFormat } from '../../../src/media/vocabulary.js';
import { microseconds } from './core.js';

/** Which entry of the dial plan a call took, and what its headers say. */
export interface Entry {
  kind: 'room' | 'moderator' | 'listen' | 'link' | 'echo';
  /** Conference; '' for echo. */
  name: string;
  /** What was dialled. */
  dialled: string;
  profile: 'wideband' | 'narrowband';
  flags: readonly string[];
}

const member = /^(room|moderator|listen|link)-([A-Za-z0-9_-]{1,64})$/;
const known = ['mute', 'deaf', 'moderator', 'mute-detect'];

/** The dial plan of `dialplans/freeswitch`: an entry, or the status that refuses. */
export function entryOf(dialled: string, profile: string, flags: string): Entry | string {
  if (!['', 'wideband', 'narrowband'].includes(profile)) return '400 Unknown Conference Profile';
  const told = flags === '' ? [] : flags.split('|');
  if (told.some((flag) => !known.includes(flag))) return '400 Unknown Conference Flags';
  const base = { dialled, profile: profile === 'narrowband' ? profile : 'wideband' } as const;
  if (dialled === 'echo') return { ...base, kind: 'echo', name: '', flags: [] };
  const [, kind, name = ''] = member.exec(dialled) ?? [];
  if (kind === undefined) return '404 Not Found';
  const own = { room: [], moderator: ['moderator'], listen: ['mute'], link: [] }[kind] ?? [];
  return { ...base, kind: kind as Entry['kind'], name, flags: kind === 'link' ? own : [...own, ...told] };
}

/** One call. */
export class Channel {
  readonly at = microseconds();
  readonly name: string;
  /** Step of what comes from it, -4 to 4. */
  level = 0;

  constructor(
    /** Call-ID. */
    readonly uuid: string,
    readonly entry: Entry,
    readonly caller: { name: string; user: string; host: string },
    readonly line: Line,
    public format: AudioFormat,
  ) {
    this.name = `sofia/internal/${caller.user}@${caller.host}`;
  }

  /** Its block in events. */
  values(): Record<string, string> {
    const { uuid, name, caller, entry, format, at } = this;
    const rate = String(format.clock);
    const times = ['Profile-Created', 'Channel-Created', 'Channel-Answered'].map((what) => [`Caller-${what}-Time`, at]);
    return {
      ...(Object.fromEntries(times) as Record<string, string>),
      ...{ 'Channel-Name': name, 'Caller-Channel-Name': name },
      ...{ 'Unique-ID': uuid, 'Channel-Call-UUID': uuid, 'Caller-Unique-ID': uuid },
      ...{ variable_uuid: uuid, variable_call_uuid: uuid, variable_sip_call_id: uuid, variable_channel_name: name },
      ...{ 'Channel-Write-Codec-Name': format.name, 'Channel-Write-Codec-Rate': rate },
      ...{ 'Caller-Username': caller.user, 'Caller-ANI': caller.user },
      ...{ 'Caller-Caller-ID-Name': caller.name, 'Caller-Orig-Caller-ID-Name': caller.name },
      ...{ 'Caller-Caller-ID-Number': caller.user, 'Caller-Orig-Caller-ID-Number': caller.user },
      ...{ 'Caller-Destination-Number': entry.dialled, variable_sip_req_user: entry.dialled },
      ...{ variable_conference_name: entry.name },
    };
  }
}
