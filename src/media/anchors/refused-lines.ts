/** What stands before the first line, and the lines with all that is theirs. */
export function sectionsOf(sdp: string): string[] {
  return sdp.split(/^(?=m=)/m);
}

/** Refused lines of an answer as they were offered (RFC 3264 §6): an engine says its own profile on them. */
export function refusedAsOffered(answer: string, offer: string): string {
  const offered = sectionsOf(offer).slice(1);
  const [session = '', ...sections] = sectionsOf(answer);
  const mended = sections.map((section, index) => {
    const head = /^m=\S+ \d+( .*)$/m.exec(offered[index] ?? '')?.[1]?.trimEnd();
    return head === undefined ? section : section.replace(/^(m=\S+ 0) .*/, (_, line: string) => line + head);
  });
  return [session, ...mended].join('');
}

const refused = /^m=\S+ 0 /;

/** Refused lines of an answer as ones that carry nothing: with a port (RFC 863) and no direction. */
export function refusedAsWaiting(answer: string): string {
  const waiting = (section: string): string =>
    section.replace(/^(m=\S+) 0 /, '$1 9 ').replace(/(\r?\n)?$/, '\r\na=inactive\r\n');
  return sectionsOf(answer)
    .map((section) => (refused.test(section) ? waiting(section) : section))
    .join('');
}

/** The lines that `answer` refuses, refused in what became of it. */
export function refusedAgain(passed: string, answer: string): string {
  const answered = sectionsOf(answer);
  return sectionsOf(passed)
    .map((section, n) =>
      refused.test(answered[n] ?? '') ? section.replace(/^(m=\S+) \d+( .*)[^]*/, '$1 0$2\n') : section,
    )
    .join('');
}
