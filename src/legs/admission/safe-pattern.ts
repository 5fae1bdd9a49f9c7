/** Nothing longer is matched against a pattern. */
export const longestMatched = 128;
/** What a part without an end counts for: several share the text, so that each has a third of it. */
const endless = 40;
/** Ways in which one pattern may match one text, roughly: what trying them all may cost. */
const mostWays = endless ** 3;

/** A pattern that is no regular expression, or one that a clever caller could make us work on for ever. */
export class UnsafePattern extends Error {}

/**
 * Compiles a pattern that the whole text must match; case does not matter. @throws UnsafePattern
 *
 * A backtracking engine tries, at worst, every way in which a text can be dealt out to the parts of a pattern. They are
 * counted here: parts in a row multiply, alternatives add, and what repeats without an end may not have more than one
 * way itself.
 */
export function safePattern(source: string): RegExp {
  try {
    // by itself, since a stray bracket could find its partner in what is put around it
    new RegExp(source);
  } catch (error) {
    throw new UnsafePattern(error instanceof Error ? error.message : String(error));
  }
  const ways = new Ways(source).alternatives();
  if (ways > mostWays) throw new UnsafePattern('too many parts of variable length: at most three of * and +');
  return new RegExp(`^(?:${source})$`, 'i');
}

/** Counts the ways of a pattern that is known to be well-formed. */
class Ways {
  private at = 0;

  constructor(private readonly source: string) {}

  /** Up to the end or the group's closing bracket. */
  alternatives(): number {
    let sum = 0;
    for (;;) {
      sum += this.sequence();
      if (this.source[this.at] !== '|') return sum;
      this.at += 1;
    }
  }

  private sequence(): number {
    let product = 1;
    while (this.at < this.source.length && !'|)'.includes(this.source[this.at] ?? '')) {
      const atom = this.atom();
      product *= repeated(atom, this.quantifier());
      if (product > mostWays) product = mostWays + 1;
    }
    return product;
  }

  private atom(): number {
    const char = this.source[this.at];
    if (char === '\\') {
      this.at += 2;
      return 1;
    }
    if (char === '[') {
      this.skipClass();
      return 1;
    }
    this.at += 1;
    if (char !== '(') return 1;
    const head = /^\?(?:<[A-Za-z_$][\w$]*>|<?[=!]|:)/.exec(this.source.slice(this.at));
    this.at += head?.[0].length ?? 0;
    const ways = this.alternatives();
    this.at += 1;
    return ways;
  }

  private skipClass(): void {
    this.at += 1;
    while (this.at < this.source.length && this.source[this.at] !== ']')
      this.at += this.source[this.at] === '\\' ? 2 : 1;
    this.at += 1;
  }

  private quantifier(): { from: number; to: number } {
    const match = /^(?:[*+?]|\{(\d+)(,?)(\d*)\})\??/.exec(this.source.slice(this.at));
    if (!match) return { from: 1, to: 1 };
    this.at += match[0].length;
    const simple = { '*': { from: 0, to: Infinity }, '+': { from: 1, to: Infinity }, '?': { from: 0, to: 1 } };
    const [sign = ''] = match[0];
    if (sign !== '{') return simple[sign as keyof typeof simple];
    const from = Number(match[1]);
    if (match[2] === '') return { from, to: from };
    return { from, to: match[3] === '' ? Infinity : Number(match[3]) };
  }
}

function repeated(atom: number, { from, to }: { from: number; to: number }): number {
  if (atom === 1) return Math.min(to - from + 1, endless);
  if (to === Infinity) {
    throw new UnsafePattern('what is repeated by * or + may not hold alternatives or repetitions itself');
  }
  let ways = 0;
  for (let times = from; times <= to && ways <= mostWays; times += 1) ways += atom ** times;
  return ways;
}
