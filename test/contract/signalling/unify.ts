/** Parts of a message that the server invents: UUIDs, tags, branches, large sequence numbers, contact ports of clients. */
const inventions =
  /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|(?<=tag=)[^;>\s|,]+|z9hG4bK[\w.-]+|(?<=(?:cseq|rseq|rack): )\d{4,}|(?<=rack: \d+ )\d{4,}/gi;

/** Remembers which invention of ours stands for which one of the recorded server. */
export class Inventions {
  private readonly ours = new Map<string, string>();
  private readonly given = new Set<string>();

  /** What peers and the application said themselves must come back unchanged. */
  note(text: string): void {
    for (const [each] of text.matchAll(inventions)) if (!this.ours.has(each)) this.given.add(each);
  }

  /** A recorded input with the recorded server's inventions replaced by ours. */
  translate(text: string): string {
    return text.replace(inventions, (each) => this.ours.get(each) ?? each);
  }

  /** Null when the texts agree, after which new inventions are known; else what differs. */
  match(expected: Shape, actual: Shape): string | null {
    const learnt = new Map(this.ours);
    if (expected.lines.length !== actual.lines.length) return difference(expected.lines, actual.lines);
    for (const [index, line] of expected.lines.entries()) {
      if (!this.matchLine(line, actual.lines[index] ?? '', learnt))
        return `expected ${line}\n     got ${actual.lines[index]}`;
    }
    for (const [theirs, mine] of learnt) this.ours.set(theirs, mine);
    return null;
  }

  private matchLine(expected: string, actual: string, learnt: Map<string, string>): boolean {
    if (expected.replace(inventions, '*') !== actual.replace(inventions, '*')) return false;
    const theirs = [...expected.matchAll(inventions)].map(([each]) => each);
    const mine = [...actual.matchAll(inventions)].map(([each]) => each);
    return theirs.every((each, index) => {
      const own = mine[index] ?? '';
      if (/^\d+$/.test(each)) return learnt.set(each, own) !== undefined; // sequence numbers start anew with every request
      const known = learnt.get(each) ?? (this.given.has(each) ? each : undefined);
      if (known === undefined) learnt.set(each, own);
      return known === undefined || known === own;
    });
  }
}

/** A message reduced to comparable lines: leader tokens, start line, sorted headers, body. */
export interface Shape {
  lines: string[];
}

/** Reduces a message. Headers named in `ignore` are left out. */
export function shapeOf(text: string, admin: boolean, ignore: readonly string[] = []): Shape {
  const cut = text.indexOf('\r\n');
  const leader = admin ? [leaderOf(cut < 0 ? text : text.slice(0, cut))] : [];
  const sip = admin ? (cut < 0 ? '' : text.slice(cut + 2)) : text;
  if (sip === '') return { lines: leader };
  const end = sip.indexOf('\r\n\r\n');
  const [start = '', ...headers] = sip.slice(0, end < 0 ? sip.length : end).split('\r\n');
  const kept = headers.map(headerOf).filter((line) => !ignore.includes((line.split(':')[0] ?? '').toLowerCase()));
  return { lines: [...leader, start, ...kept.sort(), sip.slice(end < 0 ? sip.length : end + 4)] };
}

/** Times, sizes and the version are the server's own affair; zero bytes has a meaning. */
function leaderOf(leader: string): string {
  return leader
    .split('|')
    .map((token, index) => {
      if (index === 0) return '-';
      if (/^\d\d:\d\d:\d\d\.\d{6}$/.test(token)) return '<time>';
      if (/^v\d+\.\d+\.\d+/.test(token)) return '<version>';
      if (/^\w+\/[\d.]+:\d+,/.test(token))
        return token
          .replace(/\bwss?\/[\d.]+:\d+,?/g, '')
          .split(',')
          .sort()
          .join(',');
      return token;
    })
    .map((token, index, all) =>
      index > 2 && /^[1-9]\d*$/.test(token) && all[index - 1] !== '' && isSize(all, index) ? '<size>' : token,
    )
    .join('|');
}

function isSize(tokens: string[], index: number): boolean {
  return tokens[index - 1] === 'network' || tokens[index - 1] === 'application';
}

/** Spelling without meaning is evened out: case of names, blanks after commas, brackets around From and To. */
function headerOf(line: string): string {
  const colon = line.indexOf(':');
  const name = line.slice(0, colon).toLowerCase();
  const value = line
    .slice(colon + 1)
    .trim()
    .replace(/, +/g, ',');
  return `${name}: ${name === 'from' || name === 'to' ? value.replace(/[<>]/g, '') : value}`;
}

function difference(expected: string[], actual: string[]): string {
  const missing = expected.filter((line) => !actual.some((each) => blur(each) === blur(line)));
  const extra = actual.filter((line) => !expected.some((each) => blur(each) === blur(line)));
  return `missing ${JSON.stringify(missing)}, extra ${JSON.stringify(extra)}`;
}

function blur(line: string): string {
  return line.replace(inventions, '*');
}
