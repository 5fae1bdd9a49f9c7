/** What rates go by on one line that is sent a picture. */
export interface RateSink {
  /** `<leg id>/<line name>` in two. */
  leg: string;
  content: boolean;
  ssrc: number;
  /** Of this line alone, kbit/s; null is unlimited. */
  own: number | null;
  /** Of all lines of the leg with their sound, kbit/s. */
  call: number | null;
  /** Of the lines with these SSRCs together. */
  congested: { kbps: number; ssrcs: readonly number[] } | null;
  /** What goes out on it now, kbit/s. */
  sending: number;
  /** It is to get a low encoding. */
  low: boolean;
}

/** What a leg's sound takes of the rate of its call, kbit/s. */
const SOUND = 64;
/** What stays for a main picture beside content, kbit/s: single pictures. */
const LEAST = 32;

/** Of a rate for all pictures of a leg, the part that low content is made for; the main picture has the rest. */
const CONTENT_PART = 0.7;

/**
 * What each of a leg's lines may be sent, kbit/s, in the order given; null is unlimited. What is bounded for all together
 * goes to content first and to the main picture what content leaves.
 */
export function allot(sinks: readonly RateSink[]): (number | null)[] {
  const shares = sinks.map(({ own }) => own);
  const calls = sinks.flatMap(({ call }) => call ?? []);
  if (calls.length > 0) share(sinks, shares, Math.min(...calls) - SOUND, () => true);
  for (const { congested } of sinks)
    if (congested) share(sinks, shares, congested.kbps, ({ ssrc }) => congested.ssrcs.includes(ssrc));
  return shares;
}

/** What a low encoding for each of a leg's lines should have at most, kbit/s, in the order given; null is whatever. */
export function lowRates(sinks: readonly RateSink[]): (number | null)[] {
  const totals = sinks.map(({ congested }) => congested);
  const calls = sinks.flatMap(({ call }) => call ?? []);
  return sinks.map((sink) => {
    const bounds = [
      ...(calls.length > 0 ? [part(sink, sinks, Math.min(...calls) - SOUND, () => true)] : []),
      ...totals.flatMap((total) =>
        total?.ssrcs.includes(sink.ssrc)
          ? [part(sink, sinks, total.kbps, ({ ssrc }) => total.ssrcs.includes(ssrc))]
          : [],
      ),
      ...(sink.own === null ? [] : [sink.own]),
    ];
    return bounds.length > 0 ? Math.min(...bounds) : null;
  });
}

function part(
  sink: RateSink,
  sinks: readonly RateSink[],
  total: number,
  concerned: (one: RateSink) => boolean,
): number {
  const beside = sinks.some((one) => one.content !== sink.content && concerned(one));
  return beside ? total * (sink.content ? CONTENT_PART : 1 - CONTENT_PART) : total;
}

function share(
  sinks: readonly RateSink[],
  shares: (number | null)[],
  total: number,
  concerned: (sink: RateSink) => boolean,
): void {
  const content = sinks.find((sink) => sink.content && concerned(sink));
  for (const [i, sink] of sinks.entries()) {
    if (!concerned(sink)) continue;
    const kbps = sink === content ? total : total - (content?.sending ?? 0);
    // low encodings are made for parts that stay as they are, whatever single pictures of content take
    const kept = content?.low === true ? part(sink, sinks, total, concerned) : Math.max(LEAST, kbps);
    shares[i] = Math.min(shares[i] ?? kept, kept);
  }
}

/** One receiver of a source: what it may be sent, and whether it has a line of its own for this kind of picture. */
export interface RateReceiver {
  kbps: number | null;
  separate: boolean;
}

/**
 * What a source is told to send at most: the least rate of its receivers, without those that take less than `floor`, for
 * whom nobody else's picture is lowered; receivers that see content in their main picture count where no other does. Where
 * all take less, what the best of them takes. Null is unlimited.
 */
export function rateFor(receivers: readonly RateReceiver[], floor: number): number | null {
  const rates = (some: readonly RateReceiver[]): number[] =>
    some.map(({ kbps }) => kbps ?? Number.POSITIVE_INFINITY).filter((kbps) => kbps >= floor);
  const separate = rates(receivers.filter((one) => one.separate));
  const counted = separate.length > 0 ? separate : rates(receivers);
  const weak = receivers.map(({ kbps }) => kbps ?? Number.POSITIVE_INFINITY);
  const rate =
    counted.length > 0 ? Math.min(...counted) : weak.length > 0 ? Math.max(...weak) : Number.POSITIVE_INFINITY;
  return Number.isFinite(rate) ? rate : null;
}
