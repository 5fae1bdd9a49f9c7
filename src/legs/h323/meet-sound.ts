import { next, type Events } from '../../base/events.js';
import { preferring } from '../../media/abilities.js';
import type { Abilities } from '../../media/negotiate.js';
import { isPassed, PASSED_SOUNDS } from '../../media/passed-sound.js';
import type { AudioCodecName } from '../../media/vocabulary.js';
import type { LegEvents } from '../../rooms/leg.js';
import { atMost } from '../at-most.js';
import type { H323Leg } from './h323-leg.js';
import { narrowed } from './narrow-sound.js';
import { soundMs } from './sound-wait.js';

/** Codecs that H.245 has names for and that can be mixed, the better first. */
export const deviceSounds: readonly AudioCodecName[] = ['G722', 'PCMA', 'PCMU'];

/** How long devices may take to say what they take without being told first, ms. */
const firstMs = 400;

/**
 * Two devices that begin slowly have said what they take when they are told what we take: the best codec that both have
 * alone, so that their sound is passed on as it is, G.722.1 included. Where there is none, or a device does not say in time,
 * they are told of all that can be mixed; so they are where their sound does not begin in that codec. A device that waits to
 * be told first is told of what the other one has. Never rejects.
 */
export async function meetSound(near: H323Leg, far: H323Leg): Promise<void> {
  // it was heard before the answer, and has been told
  if (near.parts.session.state !== 'new') return far.start();
  const legs = [near, far];
  const wide = legs.map(({ parts }) => parts.makers.abilities);
  await reached(legs, said, firstMs);
  const waiting = legs.filter((leg) => !said(leg));
  if (waiting.length === 1) await prompt(waiting[0]!, legs.find(said)!);
  // what a device that was told already would have to change is not worth it
  const name = commonSound(near, far, waiting.length === 0);
  for (const [index, leg] of legs.entries()) tell(leg, name === null ? wide[index]! : only(wide[index]!, name));
  if (name === null) return;
  const goes = (leg: H323Leg): boolean => goesIn(leg, name);
  await reached(legs, goes, soundMs);
  // who holds takes it up in that codec again
  if (legs.every(goes) || legs.some(({ holds }) => holds)) return;
  for (const [index, leg] of legs.entries()) {
    if (leg.over) continue;
    take(leg, wide[index]!);
    // of a codec that is withdrawn devices are told with that
    if (!isPassed(name)) leg.parts.session.changeCapabilities(leg.ours());
  }
}

/** Whether a device has said what it takes. */
function said({ media }: H323Leg): boolean {
  return media.remote !== null;
}

/** Tells a device first, of codecs that the other one has; it is to say then what it has. */
async function prompt(leg: H323Leg, other: H323Leg): Promise<void> {
  const { abilities } = leg.parts.makers;
  const theirs = other.media.remote?.offer.audio?.formats ?? [];
  const audio = abilities.audio.filter((ours) => theirs.some(({ name }) => name === ours.name));
  tell(leg, audio.length > 0 ? { ...abilities, audio } : abilities);
  await reached([leg, other], said, soundMs);
}

/** Tells a device what we take, first or anew. */
function tell(leg: H323Leg, abilities: Abilities): void {
  if (leg.over) return;
  const { makers, session } = leg.parts;
  const news = abilities.audio.length !== makers.abilities.audio.length;
  take(leg, abilities);
  if (session.state === 'new') leg.start();
  else if (news) session.changeCapabilities(leg.ours());
}

/**
 * The best codec that both take; one that is only passed on where that is wished, and not where media may be encrypted. Null
 * where there is none.
 */
function commonSound(near: H323Leg, far: H323Leg, passed: boolean): AudioCodecName | null {
  const legs = [near, far];
  const plain = legs.every(({ keys }) => keys.algorithms.length === 0 && !keys.required);
  const has = ({ media, parts }: H323Leg, name: AudioCodecName): boolean =>
    media.remote?.offer.audio?.formats.some((one) => one.name === name) === true &&
    (isPassed(name) || parts.makers.abilities.audio.some((one) => one.name === name));
  return (
    [...(passed && plain ? PASSED_SOUNDS : []), ...deviceSounds].find((name) => legs.every((leg) => has(leg, name))) ??
    null
  );
}

function only(ours: Abilities, name: AudioCodecName): Abilities {
  return isPassed(name) ? preferring(ours, [name]) : (narrowed(ours, [name]) ?? ours);
}

function take(leg: H323Leg, abilities: Abilities): void {
  leg.media.settleSound(abilities, () => leg.ours());
}

/** Whether sound goes in this codec, both ways. */
function goesIn({ lines }: H323Leg, name: AudioCodecName): boolean {
  const { send = [], receive = [] } = lines.audio?.params ?? {};
  return send[0]?.name === name && receive[0]?.name === name;
}

/** Resolves when this is so of all, when one has ended, or when callers have waited long enough. */
async function reached(legs: readonly H323Leg[], test: (leg: H323Leg) => boolean, ms: number): Promise<void> {
  const over = (): boolean => legs.some((leg) => leg.over);
  const came = legs.map(async (leg) => {
    const events: Events<LegEvents> = leg.on;
    if (!over() && !test(leg)) await next(events, 'lines', () => over() || test(leg));
  });
  const ended = legs.map((leg) => next(leg.on as Events<LegEvents>, 'ended'));
  await atMost(legs[0]!.parts.clock, ms, Promise.race([Promise.all(came), ...ended]));
}
