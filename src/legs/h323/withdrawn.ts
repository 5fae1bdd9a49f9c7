import type { RemoteMedia } from '../../media/h245-capabilities.js';
import { isH264 } from '../../media/h245-formats.js';
import type { Format, LineName } from '../../media/vocabulary.js';
import type { LineSlot } from './line-slot.js';

const names = ['audio', 'video', 'content'] as const;

/**
 * Leaves the channels of ours whose codec a new capability set of the peer takes no longer, or not as much of it: nothing
 * else may be sent (H.245 §7.2). What no set has named was opened by fast start, and is left alone. `stays` are the lines
 * that go on by another channel, whose ports stay; returns those that were left.
 */
export function leaveWithdrawn(
  slots: Readonly<Record<LineName, LineSlot>>,
  before: RemoteMedia | null,
  now: RemoteMedia | null,
  stays: (name: LineName) => boolean,
): LineName[] {
  return names.filter((name) => {
    const { out, sending } = slots[name];
    if (!before || !now || !out || !sending) return false;
    if (!takes(before, name, sending.format) || takes(now, name, sending.format)) return false;
    if (stays(name)) slots[name].replaceOut();
    else out.close();
    return true;
  });
}

/** Whether one of the peer's formats has room for what is sent. */
function takes({ offer }: RemoteMedia, name: LineName, sent: Format): boolean {
  return (offer[name]?.formats ?? []).some((one) => {
    if (one.name !== sent.name) return false;
    if (!isH264(one) || !isH264(sent)) return true;
    const { profileIdc, mode, maxFs, maxMbps } = sent;
    return one.profileIdc === profileIdc && one.mode >= mode && one.maxFs >= maxFs && one.maxMbps >= maxMbps;
  });
}
