import type { Line, MediaPlane } from '../../media/plane.js';
import type { LineName } from '../../media/vocabulary.js';

/** Opens the ports of one line of a leg. Rejects when none is free. */
export function openLine(
  plane: MediaPlane,
  legId: string,
  name: LineName | 'fecc',
  { bind, advertise }: { bind: string; advertise: string },
): Promise<Line> {
  const kind = name === 'fecc' ? 'data' : name === 'audio' ? 'audio' : 'video';
  return plane.open({ id: `${legId}/${name}`, kind, bind, advertise });
}
