import type { MediaSection, SessionDescription } from '../../../src/protocol/sdp/description.js';
import { parseSdp } from '../../../src/protocol/sdp/parse.js';
import type { Vendor } from '../vendors/vendor.js';
import { floorProto } from '../../../src/protocol/sdp/floor-rules.js';
import { answerSection, shownBy } from './answer.js';
import { readOutcome, type Outcome } from './outcome.js';
import type { OwnMedia, Role } from './roles.js';

const endOfLine = '\r\n';

/** Both descriptions of one call, as the vendor would write ours. */
export class CallSdp {
  private version = 1;
  private readonly roles: Role[] = [];
  /** Our last description. */
  local = '';
  /** The other side's last description. */
  remoteText = '';
  private remote: SessionDescription | null = null;
  /** Ours was the offer of the last exchange. */
  private offered = true;

  constructor(
    private readonly vendor: Vendor,
    private readonly own: OwnMedia,
    private readonly sessionId: number,
  ) {}

  /** From the next description on it says that so much is taken, kbit/s. */
  takes(kbps: number): void {
    this.own.kbps = kbps;
  }

  /** The first offer. */
  offer(): string {
    const lines: string[] = [];
    for (const section of sectionsOf(this.vendor.template)) {
      const role = roleOf(section[0] ?? '');
      if ((section[0] ?? '').startsWith('m=')) this.roles.push(role);
      lines.push(...this.withOwnCodecs(section, role));
    }
    return this.remember(lines);
  }

  /** Answers the other side's offer. Throws MalformedSdp or OversizeSdp. */
  answer(text: string): { sdp: string; outcome: Outcome } {
    const offer = parseSdp(text);
    const known = this.remote;
    this.version++;
    const session = sectionsOf(this.vendor.template)[0] ?? [];
    const lines = [...session];
    for (const section of offer.media) {
      const role = this.roleOfOffered(section, offer);
      this.roles[section.index] = role;
      lines.push(...answerSection(section, role, { vendor: this.vendor, own: this.own, known: known !== null }));
    }
    this.remote = offer;
    this.offered = false;
    this.remoteText = text;
    const sdp = this.remember(lines);
    return { sdp, outcome: this.outcome() };
  }

  /** Takes the other side's answer to our offer. Throws MalformedSdp or OversizeSdp. */
  answered(text: string): Outcome {
    this.remote = parseSdp(text);
    this.offered = true;
    this.remoteText = text;
    return this.outcome();
  }

  /** Offers the same lines again with another direction, for hold and resume. */
  reoffer(direction: 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive'): string {
    this.version++;
    let media = '';
    const lines = this.local.trimEnd().split(endOfLine);
    return this.remember(
      lines.map((line) => {
        if (line.startsWith('m=')) media = line;
        if (line.startsWith('o=')) return line.replace(/^(o=\S+ \S+) \d+/, `$1 ${this.version}`);
        if (line === 'a=connection:new') return 'a=connection:existing';
        const directed = /^m=(audio|video) [1-9]/.test(media) && /^a=(sendrecv|sendonly|recvonly|inactive)$/.test(line);
        return directed ? `a=${direction}` : line;
      }),
    );
  }

  /** Whether a label stands for the content line, in the other side's description or ours. */
  isContentLabel(label: string): boolean {
    const index = this.roles.indexOf('content');
    const ours = index < 0 ? null : (parseSdp(this.local).media[index]?.label ?? null);
    return label === ours || label === (this.remote?.media[index]?.label ?? ours);
  }

  private outcome(): Outcome {
    if (!this.remote) throw new Error('no description of the other side yet');
    return readOutcome(parseSdp(this.local), this.remote, this.roles, this.offered);
  }

  /** A line keeps its role for the whole call; a new one is told by its content, else by its order (RFC 3264 §8). */
  private roleOfOffered(section: MediaSection, offer: SessionDescription): Role {
    const known = this.roles[section.index];
    if (known && known !== 'other') return known;
    const role = this.meaningOf(section, offer);
    return this.has(role) ? role : 'other';
  }

  private meaningOf(section: MediaSection, offer: SessionDescription): Role {
    if (section.floor) return this.roles.includes('bfcp') ? 'other' : 'bfcp';
    if (section.media === 'audio') return this.roles.includes('audio') ? 'other' : 'audio';
    if (section.media !== 'video') return 'other';
    if (section.content.includes('slides')) return 'content';
    const first = offer.media.find((other) => other.media === 'video');
    return first === section && !this.roles.includes('video') ? 'video' : 'content';
  }

  /** What the family never offers it does not take either; slides come with floor control. */
  private has(role: Role): boolean {
    const { template } = this.vendor;
    const offers = (one: Role): boolean => template.some((line) => line.includes(` {${one}} `));
    return role === 'content' ? offers('content') || offers('bfcp') : offers(role);
  }

  /** Leaves out audio formats that the gateway could choose but this endpoint cannot speak. */
  private withOwnCodecs(section: readonly string[], role: Role): string[] {
    if (role === 'bfcp' && this.own.bfcp) {
      const [head = '', ...rest] = section;
      const keyed = this.own.fingerprint ? keyedBy(rest) : [];
      return [
        head.replace(/ (UDP|TCP)\/BFCP/, ` ${floorProto(this.own.bfcp)}`),
        ...rest,
        ...keyed,
        ...shownBy(this.own),
      ];
    }
    if (role !== 'audio') return [...section];
    const missing = new Set<string>();
    for (const line of section) {
      const map = /^a=rtpmap:(\d+) (opus|G722)\//i.exec(line);
      if (map?.[1] && map[2] && !this.own.codecs.has(map[2].toUpperCase())) missing.add(map[1]);
    }
    return section
      .filter((line) => !missing.has(/^a=(?:rtpmap|fmtp):(\d+) /.exec(line)?.[1] ?? ''))
      .map((line, i) =>
        i > 0
          ? line
          : line
              .split(' ')
              .filter((word, at) => at < 3 || !missing.has(word))
              .join(' '),
      );
  }

  private remember(written: readonly string[]): string {
    const { ports, address, kbps = null } = this.own;
    const lines = kbps === null ? written : withRate(written, kbps);
    const values: Record<string, string | number> = {
      ...ports,
      address,
      other: ports.audio + 50,
      session: this.sessionId,
      version: this.version,
    };
    this.local = lines
      .map((line) => line.replace(/\{(\w+)\}/g, (_, key: string) => String(values[key])))
      .join(endOfLine);
    this.local += endOfLine;
    if (address.includes(':')) this.local = this.local.replaceAll('IN IP4 ', 'IN IP6 ');
    return this.local;
  }
}

/** Encrypted lines need a setup, whoever the vendor is (RFC 8842 §5). */
function keyedBy(section: readonly string[]): string[] {
  return section.some((line) => line.startsWith('a=setup:')) ? [] : ['a=setup:actpass'];
}

/** Says for the whole session what is taken, after the line `c=` (RFC 4566 §5). */
function withRate(lines: readonly string[], kbps: number): string[] {
  const [session = [], ...media] = sectionsOf(lines);
  const rest = session.filter((line) => !line.startsWith('b='));
  const after = rest.findIndex((line) => line.startsWith('c=')) + 1;
  return [...rest.slice(0, after), `b=AS:${kbps}`, ...rest.slice(after), ...media.flat()];
}

/** The session part and each m-line with its attributes. */
function sectionsOf(lines: readonly string[]): string[][] {
  const sections: string[][] = [[]];
  for (const line of lines) {
    if (line.startsWith('m=')) sections.push([]);
    sections.at(-1)?.push(line);
  }
  return sections;
}

function roleOf(head: string): Role {
  const key = /\{(audio|video|content|bfcp)\}/.exec(head)?.[1];
  if (key === 'audio' || key === 'video' || key === 'content' || key === 'bfcp') return key;
  return /^m=video/.test(head) ? 'video' : 'other';
}
