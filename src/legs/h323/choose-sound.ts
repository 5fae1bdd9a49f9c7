import { isPassed } from '../../media/passed-sound.js';
import type { AudioCodecName } from '../../media/vocabulary.js';
import type { Leg, SoundChoice } from '../../rooms/leg.js';
import { atMost } from '../at-most.js';
import type { H323Leg } from './h323-leg.js';
import { narrowed } from './narrow-sound.js';
import { soundMs } from './sound-wait.js';
import { deviceSounds, firstMs, goesIn, isPlain, only } from './told-sound.js';
import { reached, said, soundsFor, takeBack, takes, tell } from './told-sound.js';

/** Whether there is something to choose from, or to take back. */
export function isOpen({ has }: SoundChoice): boolean {
  return has.length > 1 || has.some(isPassed);
}

/**
 * A device that begins slowly and a far end that answered with several codecs settle on the best one that both have, so that
 * their sound is passed on as it is. A device that waits to be told first, or was told before the answer, is told of what the
 * far end has that can be mixed, and its own choice is settled on. Never rejects.
 */
export async function chooseSound(near: H323Leg, far: Leg, choice: SoundChoice): Promise<void> {
  const { has } = choice;
  if (near.parts.session.state === 'new') {
    await reached([near], said, firstMs);
    if (said(near)) return begin(near, far, choice);
    await prompt(near, has);
  }
  await follow(near, choice, has);
}

/**
 * The device is told of the codec that is settled on alone. The far end changes to it meanwhile and is mixed until it has; to
 * what is only passed on it has to change before the device is told. Where sound does not come to go in it, the device is told
 * of all that can be mixed.
 */
async function begin(near: H323Leg, far: Leg, choice: SoundChoice): Promise<void> {
  const { has } = choice;
  const wide = near.parts.makers.abilities;
  const name = await settled(near, choice, has);
  tell(near, name === null ? wide : only(wide, name));
  void choice.settle(name === null ? mixable(near, has) : [name]);
  if (name === null) return;
  await reached([near], (leg) => goesIn(leg, name), soundMs);
  // who holds takes it up in that codec again
  if (near.over || goesIn(near, name) || near.holds || far.holds === true) return;
  await takeBack(near, wide, name);
  const best = bestMixed(near, has);
  await choice.settle(best === null ? mixable(near, has) : [best]);
}

/** The best codec that both have; what is only passed on once the far end has changed to it, in the time that callers wait. */
async function settled(
  near: H323Leg,
  choice: SoundChoice,
  has: readonly AudioCodecName[],
): Promise<AudioCodecName | null> {
  const best = isPlain(near) ? soundsFor(near).find((name) => has.includes(name) && takes(near, name)) : undefined;
  if (best === undefined || !isPassed(best)) return bestMixed(near, has);
  let changed = false;
  const asked = choice.settle([best]).then((done) => (changed = done));
  await atMost(near.parts.clock, soundMs, asked);
  return changed ? best : bestMixed(near, has);
}

/** Tells a device first; one that has none of it then of all else. */
async function prompt(near: H323Leg, has: readonly AudioCodecName[]): Promise<void> {
  const wide = near.parts.makers.abilities;
  tell(near, narrowed(wide, has) ?? wide);
  await reached([near], said, soundMs);
  if (bestMixed(near, has) === null) tell(near, wide);
}

/** Has the far end change to the codec that the device's sound goes in. */
async function follow(near: H323Leg, choice: SoundChoice, has: readonly AudioCodecName[]): Promise<void> {
  const heard = (leg: H323Leg): AudioCodecName | undefined => has.find((name) => goesIn(leg, name));
  await reached([near], (leg) => heard(leg) !== undefined, soundMs);
  const name = heard(near);
  if (!near.over) await choice.settle(name === undefined ? mixable(near, has) : [name]);
}

function bestMixed(near: H323Leg, has: readonly AudioCodecName[]): AudioCodecName | null {
  return deviceSounds.find((name) => has.includes(name) && takes(near, name)) ?? null;
}

/** What the far end has that can be mixed; where it has named nothing, all that there is. */
function mixable(near: H323Leg, has: readonly AudioCodecName[]): AudioCodecName[] {
  const mixed = has.filter((name) => !isPassed(name));
  const all = near.parts.makers.abilities.audio.map(({ name }) => name);
  return mixed.length > 0 ? mixed : all.filter((name) => !isPassed(name));
}
