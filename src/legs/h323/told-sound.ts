import { next, type Events } from '../../base/events.js';
import { preferring } from '../../media/abilities.js';
import type { Abilities } from '../../media/negotiate.js';
import { isPassed } from '../../media/passed-sound.js';
import type { AudioCodecName } from '../../media/vocabulary.js';
import type { LegEvents } from '../../rooms/leg.js';
import { atMost } from '../at-most.js';
import type { H323Leg } from './h323-leg.js';
import { narrowed } from './narrow-sound.js';

/** Codecs that H.245 has names for and that can be mixed, the better first. */
export const deviceSounds: readonly AudioCodecName[] = ['G722', 'PCMA', 'PCMU'];

/**
 * Those and what is only passed on, the best first. Of the rates of G.722.1 the one that the device lists first comes first:
 * some take that for any (seen with H323Plus).
 */
export function soundsFor({ media }: H323Leg): AudioCodecName[] {
  const listed = media.remote?.offer.audio?.formats.map(({ name }) => name) ?? [];
  return [...listed.filter(isPassed), ...deviceSounds];
}

/** How long devices may take to say what they take without being told first, ms. */
export const firstMs = 400;
/** How long a device is paused, ms. */
const pauseMs = 200;

/** Whether a device has said what it takes. */
export function said({ media }: H323Leg): boolean {
  return media.remote !== null;
}

/** Whether a device has said that it takes this. */
export function takes({ media }: H323Leg, name: AudioCodecName): boolean {
  return media.remote?.offer.audio?.formats.some((one) => one.name === name) === true;
}

/** Media of this leg is never encrypted, so that what is only passed on may be. */
export function isPlain({ keys }: H323Leg): boolean {
  return keys.algorithms.length === 0 && !keys.required;
}

/** The same with this codec of sound alone, where it is there or is only passed on. */
export function only(ours: Abilities, name: AudioCodecName): Abilities {
  return isPassed(name) ? preferring(ours, [name]) : (narrowed(ours, [name]) ?? ours);
}

/** Tells a device what we take, first or anew. */
export function tell(leg: H323Leg, abilities: Abilities): void {
  if (leg.over) return;
  const { makers, session } = leg.parts;
  const news = abilities.audio.length !== makers.abilities.audio.length;
  take(leg, abilities);
  if (session.state === 'new') leg.start();
  else if (news) session.changeCapabilities(leg.ours());
}

/** Takes these from here on; a device is told with it only of what is only passed on and is withdrawn. */
export function take(leg: H323Leg, abilities: Abilities): void {
  leg.media.settleSound(abilities, () => leg.ours());
}

/**
 * Takes all of these again where sound did not come to go in `name`, and tells the device. One that sends none is paused
 * before (H.323 §8.4.6): some begin with nothing else before they are (seen with H323Plus).
 */
export async function takeBack(leg: H323Leg, wide: Abilities, name: AudioCodecName): Promise<void> {
  if (leg.over) return;
  const { clock, session } = leg.parts;
  const silent = (leg.lines.audio?.params?.receive.length ?? 0) === 0;
  if (silent) {
    session.changeCapabilities(null);
    await atMost(clock, pauseMs, next(leg.on as Events<LegEvents>, 'ended'));
  }
  take(leg, wide);
  // of a codec that is withdrawn devices are told with that
  if (!isPassed(name)) session.changeCapabilities(leg.ours());
}

/** Whether sound goes in this codec, both ways. */
export function goesIn({ lines }: H323Leg, name: AudioCodecName): boolean {
  const { send = [], receive = [] } = lines.audio?.params ?? {};
  return send[0]?.name === name && receive[0]?.name === name;
}

/** Resolves when this is so of all, when one has ended, or when callers have waited long enough. */
export async function reached(legs: readonly H323Leg[], test: (leg: H323Leg) => boolean, ms: number): Promise<void> {
  const over = (): boolean => legs.some((leg) => leg.over);
  const came = legs.map(async (leg) => {
    const events: Events<LegEvents> = leg.on;
    if (!over() && !test(leg)) await next(events, 'lines', () => over() || test(leg));
  });
  const ended = legs.map((leg) => next(leg.on as Events<LegEvents>, 'ended'));
  await atMost(legs[0]!.parts.clock, ms, Promise.race([Promise.all(came), ...ended]));
}
