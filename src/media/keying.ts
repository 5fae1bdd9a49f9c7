import { usableKeys } from './anchors/best-effort.js';

/** What is done about encryption of media: none is taken, what the caller wants, or nothing else is taken. */
export type SrtpPolicy = 'off' | 'optional' | 'required';

/** How many of the live audio and video lines of a description name keys that can be used. */
export type Protection = 'all' | 'some' | 'none';

const liveLine = /^m=(audio|video)\s+[1-9]\d*\s/;
const secureProfile = /^m=\S+\s+\S+\s+(RTP|UDP\/TLS\/RTP)\/SAVPF?\s/i;
const fingerprint = /^a=fingerprint:\S+\s+\S/m;

/**
 * Reads the keys of a description. Those beside a plain profile protect too where they stand in the description (RFC 8643);
 * `sdes` false counts none that stand in it. With no live line nothing is unprotected: `all`.
 */
export function protectionOf(sdp: string, sdes = true): Protection {
  const { session, sections } = split(sdp);
  const lines = sections.filter((section) => liveLine.test(section));
  const covered = lines.filter((section) => isProtected(section, session, sdes)).length;
  return covered === lines.length ? 'all' : covered > 0 ? 'some' : 'none';
}

/**
 * Switches off the audio and video lines without usable keys, in their places: what is left of an offer that lists lines
 * both plain and secure.
 */
export function withoutPlainLines(sdp: string, sdes = true): string {
  const { session, sections } = split(sdp);
  const kept = sections.map((section) =>
    liveLine.test(section) && !isProtected(section, session, sdes) ? section.replace(/^(m=\S+\s+)\d+/, '$10') : section,
  );
  return [session, ...kept].join('');
}

/** A browser: all its audio and video has DTLS, and ICE. Floor control with ICE is a device's. */
export function isBrowser(offer: string): boolean {
  const { session, sections } = split(offer);
  const lines = sections.filter((section) => liveLine.test(section));
  const byDtls = lines.every((section) => isProtected(section, session, false));
  return lines.length > 0 && byDtls && [session, ...lines].some((part) => /^a=ice-ufrag:/m.test(part));
}

function isProtected(section: string, session: string, sdes: boolean): boolean {
  if (sdes && usableKeys.test(section)) return true;
  return secureProfile.test(section) && (fingerprint.test(section) || fingerprint.test(session));
}

function split(sdp: string): { session: string; sections: string[] } {
  const [session = '', ...sections] = sdp.split(/^(?=m=)/m);
  return { session, sections };
}
