import type { ChannelParameters } from '../../protocol/h323/control/contract.js';
import { writeAlgorithms } from '../../protocol/h323/control/media-values.js';
import type { OpenLogicalChannel } from '../../protocol/h323/h245/schema.js';
import type { ChannelKeys, Sealing } from './channel-keys.js';

// Encrypted fast start: the half keys are in Setup and in the answer, the channels of both have `h235Media`. There is no master
// yet, and who calls knows no secret when it proposes: the callee makes the keys of both directions, in its answer.

/** What a proposal is worth with the keys of its call: how its channel is encrypted, null for plain; or nothing. */
export type Worth = { sealing: Sealing | null } | null;

/** As callee: with keys only what is encrypted, without them only what is plain. */
export function worthToCallee(keys: ChannelKeys, { encryption, payloadType }: ChannelParameters): Worth {
  if (!keys.sealed) return encryption ? null : { sealing: null };
  const seal = encryption && keys.sealOf(encryption.algorithms, payloadType);
  return seal ? { sealing: { seal, made: keys.makeForBoth(seal) } } : null;
}

/** As caller, of what the callee took; null where its key cannot be used, or where it is plain and was not proposed so. */
export function worthToCaller(
  keys: ChannelKeys,
  { encryption, payloadType }: ChannelParameters,
  { encryptionSync }: OpenLogicalChannel,
): Worth {
  if (!encryption) return keys.sealed || keys.undecided ? null : { sealing: null };
  const seal = keys.sealOf(encryption.algorithms, payloadType);
  const key = seal && keys.read(seal, encryptionSync);
  return key && encryptionSync ? { sealing: { seal, made: { key, sync: encryptionSync } } } : null;
}

/** A channel of the answer, with its one algorithm and its key. */
export function sealedChannel(channel: OpenLogicalChannel, sealing: Sealing | null): OpenLogicalChannel {
  if (!sealing?.made) return channel;
  const { seal, made } = sealing;
  const { forwardLogicalChannelParameters: forward, reverseLogicalChannelParameters: reverse } = channel;
  const only = <P extends { dataType: Forward['dataType'] }>(parameters: P): P => {
    const { h235Media } = parameters.dataType;
    if (!h235Media) return parameters;
    const encryptionAuthenticationAndIntegrity = writeAlgorithms([seal.algorithm]);
    return { ...parameters, dataType: { h235Media: { ...h235Media, encryptionAuthenticationAndIntegrity } } };
  };
  return {
    ...channel,
    forwardLogicalChannelParameters: only(forward),
    ...(reverse ? { reverseLogicalChannelParameters: only(reverse) } : {}),
    encryptionSync: made.sync,
  };
}

type Forward = OpenLogicalChannel['forwardLogicalChannelParameters'];
