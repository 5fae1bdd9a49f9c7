import { joinSdp, type RawSdp, splitSdp } from '../protocol/sdp/raw.js';

/** Sections taken out of a description, with their places. */
export type TakenSections = { index: number; head: string; lines: string[] }[];

/**
 * Takes everything that is not RTP audio or video out of a description (BFCP, far-end camera, unknown lines): the media
 * anchor must not see it. A taken section keeps the address it had through the session's c= line, a line of
 * floor control also what the session says of its connection (RFC 4145 §4, §5), and an encrypted one fingerprints and ICE.
 * @throws MalformedSdp, OversizeSdp
 */
export function withoutApplications(sdp: string): { sdp: string; taken: TakenSections } {
  const raw = splitSdp(sdp);
  const taken: TakenSections = [];
  const kept: RawSdp = { session: raw.session, sections: [] };
  const connection = raw.session.find((line) => line.startsWith('c='));
  for (const [index, { head, lines }] of raw.sections.entries()) {
    if (/^m=(audio|video)\s/i.test(head)) {
      kept.sections.push({ head, lines });
    } else {
      const own = lines.some((line) => line.startsWith('c='));
      const whole = own || connection === undefined ? lines : [connection, ...lines];
      taken.push({ index, head, lines: [...whole, ...inherited(head, lines, raw.session)] });
    }
  }
  return { sdp: joinSdp(kept), taken };
}

/** What a section has from the session because it does not say it itself. */
function inherited(head: string, lines: readonly string[], session: readonly string[]): string[] {
  const wanted = [
    ...(/\/BFCP\s/i.test(head) ? ['a=setup:', 'a=connection:'] : []),
    ...(/\/D?TLS\/BFCP\s/i.test(head) ? ['a=fingerprint:', 'a=ice-ufrag:', 'a=ice-pwd:', 'a=ice-lite'] : []),
  ];
  return wanted.flatMap((start) => {
    const own = lines.some((line) => line.startsWith(start));
    return own ? [] : session.filter((line) => line.startsWith(start));
  });
}

/**
 * Puts taken sections back where they were. Works for the description they came from and for the anchor's rewriting of
 * it, which keeps the order of the rest.
 * @throws MalformedSdp, OversizeSdp
 */
export function restoreApplications(sdp: string, taken: TakenSections): string {
  const raw = splitSdp(sdp);
  for (const { index, head, lines } of [...taken].sort((a, b) => a.index - b.index)) {
    raw.sections.splice(index, 0, { head, lines });
  }
  return joinSdp(raw);
}
