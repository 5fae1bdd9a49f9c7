import type { ModeDescription } from '../protocol/h323/control/contract.js';
import { readMode, type ModeMedia } from '../protocol/h323/control/mode-values.js';
import type { RemoteMedia } from './h245-capabilities.js';
import { audioFormat, bestSent, h264Formats, isH264 } from './h245-formats.js';
import { familyOfProfile } from './h264.js';
import type { Abilities, LineOffer } from './negotiate.js';
import { tryLine } from './try-line.js';
import type { Format, H264Format, LineName } from './vocabulary.js';

/** A mode that can be followed: what each line sends in it, null for nothing. */
export interface ModeChoice {
  which: 'mostPreferred' | 'lessPreferred';
  audio: Format | null;
  video: Format | null;
}

/** Why none can be: we have not what it names, or pictures of a room, which are passed on as they are, cannot be so. */
export type ModeRefusal = 'modeUnavailable' | 'multipointConstraint';

/** Modes of one request that are looked at; devices have a handful. */
const MOST_MODES = 32;
/** Payload number, which a mode does not have. */
const NO_NUMBER = 0;

/** Takes the first of the peer's modes whose every element we can send, in a format of its capability set (H.245 §7.9). */
export function chooseMode(
  modes: readonly ModeDescription[],
  abilities: Abilities,
  remote: RemoteMedia,
): ModeChoice | ModeRefusal {
  let why: ModeRefusal = 'modeUnavailable';
  for (const [index, mode] of modes.slice(0, MOST_MODES).entries()) {
    const followed = follow(readMode(mode), abilities, remote);
    if (typeof followed !== 'string') return { which: index === 0 ? 'mostPreferred' : 'lessPreferred', ...followed };
    if (followed === 'multipointConstraint') why = followed;
  }
  return why;
}

function follow(
  mode: readonly ModeMedia[],
  abilities: Abilities,
  remote: RemoteMedia,
): Pick<ModeChoice, 'audio' | 'video'> | ModeRefusal {
  const sent: Pick<ModeChoice, 'audio' | 'video'> = { audio: null, video: null };
  for (const media of mode) {
    // each line sends one thing at a time
    if (media.kind === 'other' || sent[media.kind]) return 'modeUnavailable';
    const offered = remote.offer[media.kind];
    const formats = offered && named(media, offered.formats);
    if (!offered || !formats || formats.length === 0) return 'modeUnavailable';
    const fitting = media.kind === 'video' ? formats.filter((format) => fits(media, format)) : formats;
    sent[media.kind] = sendable(media.kind, abilities, remote, { ...offered, formats: fitting });
    if (sent[media.kind] === null) return media.kind === 'video' ? 'multipointConstraint' : 'modeUnavailable';
  }
  return sent;
}

/** Formats by the codec that the mode names. */
function named(media: Exclude<ModeMedia, { kind: 'other' }>, formats: readonly Format[]): Format[] {
  const name = media.kind === 'audio' ? audioFormat(media)?.name : media.codec === 'h264' ? 'H264' : undefined;
  return formats.filter((format) => format.name === name);
}

/** Pictures in this format are no more than the mode has room for. */
function fits(media: ModeMedia, format: Format): boolean {
  if (media.kind !== 'video' || media.codec !== 'h264' || !isH264(format)) return false;
  const family = (one: H264Format) => familyOfProfile(one.profileIdc, one.profileIop);
  return h264Formats(media, NO_NUMBER, [format.mode]).some(
    (asked) => family(asked) === family(format) && format.maxFs <= asked.maxFs && format.maxMbps <= asked.maxMbps,
  );
}

/** What we can send on a line in this codec, where the peer wants that one; null where we cannot. */
export function sendableAs(
  codec: Format['name'],
  name: LineName,
  abilities: Abilities,
  remote: RemoteMedia,
): Format | null {
  const offered = remote.offer[name];
  const formats = (offered?.formats ?? []).filter((format) => format.name === codec);
  return offered && formats.length > 0 ? sendable(name, abilities, remote, { ...offered, formats }) : null;
}

function sendable(name: LineName, abilities: Abilities, remote: RemoteMedia, line: LineOffer): Format | null {
  const agreed = tryLine(abilities, name, { ...remote.offer, [name]: line });
  return agreed && bestSent(agreed.send);
}
