/** Where a sender begins until it has an estimate of its own, kbit/s: enough for 720p, so that nobody sees mush at first. */
export const startKbps = 1200;

/** What each video line is for, in their order (RFC 4796); the low encodings carry the gateway's own labels (RFC 4574). */
const videoMarks = [
  ['a=content:main'],
  ['a=content:slides'],
  ['a=content:alt', 'a=label:low-main'],
  ['a=content:alt', 'a=label:low-slides'],
];

/** Names the video lines; browsers have no means of their own for it. */
export function markContent(sdp: string): string {
  let videos = 0;
  return sections(sdp)
    .map((section) => {
      if (!section.startsWith('m=video')) return section;
      const marks = videoMarks[videos++] ?? [];
      return section + marks.map((mark) => `${mark}\r\n`).join('');
    })
    .join('');
}

/**
 * Tells a Chromium sender where to begin, by a parameter of its own that others ignore. On a line that comes later it would
 * begin anew with all that it sends.
 */
export function withStartRate(sdp: string): string {
  return sections(sdp)
    .map((section) => {
      if (/^a=content:alt\s*$/m.test(section)) return section;
      const h264 = [...section.matchAll(/^a=rtpmap:(\d+) H264\//gim)].map(([, pt = '']) => pt);
      return h264.reduce(
        (text, pt) => text.replace(new RegExp(`^(a=fmtp:${pt} .*)$`, 'm'), `$1;x-google-start-bitrate=${startKbps}`),
        section,
      );
    })
    .join('');
}

function sections(sdp: string): string[] {
  return sdp.split(/(?=^m=)/m);
}
