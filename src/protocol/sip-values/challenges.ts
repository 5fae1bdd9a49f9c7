/**
 * Splits what stood in one or several WWW-Authenticate or Proxy-Authenticate headers, joined by commas, into single
 * challenges: a new one begins where a scheme name is followed by blanks and `name=`.
 */
export function splitChallenges(text: string): string[] {
  const starts: number[] = [];
  const quoted = /"(?:[^"\\]|\\.)*"/g;
  // quoted strings may hold anything, so they are blanked out for the search
  const plain = text.replace(quoted, (found) => ' '.repeat(found.length).replace(/^.|.$/g, '_'));
  for (const match of plain.matchAll(/(?:^|,)\s*([A-Za-z][\w-]*)\s+(?=[\w-]+\s*=)/g)) {
    starts.push(match.index + match[0].length - match[0].replace(/^,?\s*/, '').length);
  }
  return starts.map((start, index) => text.slice(start, starts[index + 1]).replace(/[\s,]+$/, ''));
}
