import { emptyH261View, inspectH261 } from '../../protocol/rtp/h261.js';
import { emptyH263View, inspectH263, inspectOldH263 } from '../../protocol/rtp/h263.js';
import type { H264View } from '../../protocol/rtp/h264.js';
import { emptyH265View, inspectH265 } from '../../protocol/rtp/h265.js';
import { emptyVp8View, inspectVp8 } from '../../protocol/rtp/vp8.js';
import type { Format, OtherVideoName } from '../vocabulary.js';

/** What the switch asks of a payload. */
interface Inspected {
  key: boolean;
  disposable: boolean;
  silent: boolean;
  view: H264View;
}

type Inspect = (payload: Uint8Array, into: Inspected) => boolean;

const vp8 = emptyVp8View();
const h265 = emptyH265View();
const h263 = emptyH263View();
const h261 = emptyH261View();

const INSPECT: Record<OtherVideoName, Inspect> = {
  VP8(payload, into) {
    const good = inspectVp8(payload, 0, payload.length, vp8);
    into.key = vp8.key;
    into.disposable = vp8.disposable;
    return good;
  },
  H265(payload, into) {
    const good = inspectH265(payload, 0, payload.length, h265);
    into.key = h265.key;
    into.disposable = h265.disposable;
    into.silent = h265.silent;
    return good;
  },
  H263(payload, into) {
    const good = inspectOldH263(payload, 0, payload.length, h263);
    into.key = h263.key;
    return good;
  },
  'H263-1998': newH263,
  'H263-2000': newH263,
  H261(payload, into) {
    const good = inspectH261(payload, 0, payload.length, h261);
    into.key = h261.key;
    return good;
  },
};

function newH263(payload: Uint8Array, into: Inspected): boolean {
  const good = inspectH263(payload, 0, payload.length, h263);
  into.key = h263.key;
  return good;
}

/** Payload types of one source that are not H.264, and what their payloads say. */
export class OtherCodecs {
  private readonly inspects = new Map<number, Inspect>();

  describe(formats: readonly Format[]): void {
    this.inspects.clear();
    for (const format of formats)
      if (format.kind === 'video' && format.name !== 'H264') this.inspects.set(format.pt, INSPECT[format.name]);
  }

  has(pt: number): boolean {
    return this.inspects.has(pt);
  }

  /** False when the payload is malformed. */
  inspect(pt: number, payload: Uint8Array, into: Inspected): boolean {
    into.key = into.disposable = into.silent = false;
    into.view.kind = 'single';
    into.view.idr = into.view.sps = into.view.pps = false;
    into.view.first = into.view.last = true;
    return this.inspects.get(pt)?.(payload, into) ?? false;
  }
}
