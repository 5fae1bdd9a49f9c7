import { isPassed } from '../../media/passed-sound.js';
import type { AudioCodecName } from '../../media/vocabulary.js';
import type { H323Leg } from './h323-leg.js';
import { soundMs } from './sound-wait.js';
import {
  deviceSounds,
  firstMs,
  goesIn,
  isPlain,
  only,
  reached,
  said,
  soundsFor,
  takeBack,
  takes,
  tell,
} from './told-sound.js';

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
  await Promise.all(legs.map((leg, index) => takeBack(leg, wide[index]!, name)));
}

/** Tells a device first, of codecs that the other one has; it is to say then what it has. */
async function prompt(leg: H323Leg, other: H323Leg): Promise<void> {
  const { abilities } = leg.parts.makers;
  const theirs = other.media.remote?.offer.audio?.formats ?? [];
  const audio = abilities.audio.filter((ours) => theirs.some(({ name }) => name === ours.name));
  tell(leg, audio.length > 0 ? { ...abilities, audio } : abilities);
  await reached([leg, other], said, soundMs);
}

/**
 * The best codec that both take; one that is only passed on where that is wished, and not where media may be encrypted. Null
 * where there is none.
 */
function commonSound(near: H323Leg, far: H323Leg, passed: boolean): AudioCodecName | null {
  const legs = [near, far];
  const plain = legs.every(isPlain);
  const has = (leg: H323Leg, name: AudioCodecName): boolean =>
    takes(leg, name) && (isPassed(name) || leg.parts.makers.abilities.audio.some((one) => one.name === name));
  const known = passed && plain ? soundsFor(near) : deviceSounds;
  return known.find((name) => legs.every((leg) => has(leg, name))) ?? null;
}
