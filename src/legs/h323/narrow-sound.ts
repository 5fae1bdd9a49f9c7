import { readCapabilities } from '../../media/h245-capabilities.js';
import type { Abilities } from '../../media/negotiate.js';
import type { AudioCodecName } from '../../media/vocabulary.js';
import type { CapabilitySet, ControlSession } from '../../protocol/h323/control/contract.js';
import type { H323Makers } from './makers.js';

/** The same with these codecs of sound alone; null where none of them is there. */
export function narrowed(ours: Abilities, sounds: readonly AudioCodecName[]): Abilities | null {
  const audio = ours.audio.filter(({ name }) => sounds.includes(name));
  return audio.length > 0 ? { ...ours, audio } : null;
}

/**
 * The device of a call whose far end has answered already is told that we take the far end's codecs alone, so that it sends
 * what nobody has to mix. One that has none of them is told what else there is as soon as its own set is known.
 */
export function widenLater(
  session: Pick<ControlSession, 'on' | 'changeCapabilities'>,
  makers: H323Makers,
  wide: Abilities,
  ours: () => CapabilitySet,
): void {
  const known = session.on.on('remoteCapabilities', (set) => {
    if (set === null) return;
    known.dispose();
    const theirs = readCapabilities(set).offer.audio?.formats ?? [];
    if (theirs.some(({ name }) => makers.abilities.audio.some((one) => one.name === name))) return;
    makers.abilities = wide;
    session.changeCapabilities(ours());
  });
}
