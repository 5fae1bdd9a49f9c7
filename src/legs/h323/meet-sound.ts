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

/**
 * Two devices that begin slowly have said what they take when they are told what we take: the best codec that both have
 * alone, so that their sound is passed on as it is, G.722.1 included. Where there is none, or a device does not say in time,
 * they are told of all that can be mixed; so they are where their sound does not begin in that codec. Never rejects.
 */
export async function meetSound(near: H323Leg, far: H323Leg): Promise<void> {
  // it was heard before the answer, and has been told
  if (near.parts.session.state !== 'new') return far.start();
  const legs = [near, far];
  const wide = legs.map(({ parts }) => parts.makers.abilities);
  await reached(legs, ({ media }) => media.remote !== null);
  const name = commonSound(near, far);
  for (const leg of legs) {
    if (leg.over) continue;
    if (name !== null) take(leg, only(leg.parts.makers.abilities, name));
    leg.start();
  }
  if (name === null) return;
  const goes = (leg: H323Leg): boolean => goesIn(leg, name);
  await reached(legs, goes);
  // who holds takes it up in that codec again
  if (legs.every(goes) || legs.some(({ holds }) => holds)) return;
  for (const [index, leg] of legs.entries()) {
    if (leg.over) continue;
    take(leg, wide[index]!);
    // of a codec that is withdrawn devices are told with that
    if (!isPassed(name)) leg.parts.session.changeCapabilities(leg.ours());
  }
}

/** The best codec that both take; none that is only passed on where media may be encrypted. Null where there is none. */
function commonSound(near: H323Leg, far: H323Leg): AudioCodecName | null {
  const legs = [near, far];
  const plain = legs.every(({ keys }) => keys.algorithms.length === 0 && !keys.required);
  const has = ({ media, parts }: H323Leg, name: AudioCodecName): boolean =>
    media.remote?.offer.audio?.formats.some((one) => one.name === name) === true &&
    (isPassed(name) || parts.makers.abilities.audio.some((one) => one.name === name));
  return [...(plain ? PASSED_SOUNDS : []), ...deviceSounds].find((name) => legs.every((leg) => has(leg, name))) ?? null;
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
async function reached(legs: readonly H323Leg[], test: (leg: H323Leg) => boolean): Promise<void> {
  const over = (): boolean => legs.some((leg) => leg.over);
  const came = legs.map(async (leg) => {
    const events: Events<LegEvents> = leg.on;
    if (!over() && !test(leg)) await next(events, 'lines', () => over() || test(leg));
  });
  const ended = legs.map((leg) => next(leg.on as Events<LegEvents>, 'ended'));
  await atMost(legs[0]!.parts.clock, soundMs, Promise.race([Promise.all(came), ...ended]));
}
