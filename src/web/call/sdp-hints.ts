/** Where a sender begins until it has an estimate of its own, kbit/s: enough for 720p, so that nobody sees mush at first. */
export const startKbps = 1200;

/** Names the two video lines (RFC 4796); browsers have no means of their own for it. */
export function markContent(sdp: string): string {
  let videos = 0;
  return sections(sdp)
    .map((section) => {
      if (!section.startsWith('m=video')) return section;
      videos += 1;
      return `${section}a=content:${videos === 1 ? 'main' : 'slides'}\r\n`;
    })
    .join('');
}

/** Tells a Chromium sender where to begin, by a parameter of its own that others ignore. */
export function withStartRate(sdp: string): string {
  return sections(sdp)
    .map((section) => {
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
