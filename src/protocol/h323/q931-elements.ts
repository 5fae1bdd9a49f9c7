/** Where a call was ended: Q.850 §2.2.3 and Q.931 §4.5.12. */
export const locations = { user: 0, privateNetwork: 1, publicNetwork: 2, beyondInterworking: 10 } as const;

/** Why a call ended (Q.931 §4.5.12). */
export interface Cause {
  /** A number of `causes`. */
  value: number;
  location: number;
  diagnostics?: Buffer | undefined;
}

/** What is carried (Q.931 §4.5.5, H.225.0 table 11). Devices fill it in many ways: never a reason to refuse a call. */
export interface BearerCapability {
  /** 8 unrestricted digital, 0 speech, 16 3.1 kHz audio. */
  transferCapability: number;
  /** 0 circuit, 2 packet mode. */
  transferMode: number;
  /** 24 for a multiple of 64 kbit/s. */
  transferRate: number;
  /** How many times 64 kbit/s. */
  rateMultiplier?: number | undefined;
  /** User information layer 1 protocol: 5 for H.221 and H.242 (video), 3 G.711 A-law, 2 u-law. */
  layer1?: number | undefined;
}

/** A number with its plan (Q.931 §4.5.8, §4.5.10). */
export interface PartyNumber {
  digits: string;
  /** Type of number: 0 unknown, 1 international, 2 national. */
  type: number;
  /** Numbering plan: 1 E.164, 9 private. */
  plan: number;
  /** 0 allowed, 1 restricted, 2 not available. */
  presentation?: number | undefined;
  /** 0 not screened, 1 verified and passed, 2 and failed, 3 from the network. */
  screening?: number | undefined;
}

/** Interworking and tones (Q.931 §4.5.23). */
export interface ProgressIndicator {
  /** 1 not end-to-end ISDN, 2 destination not ISDN, 3 origination not ISDN, 8 tones in band. */
  description: number;
  location: number;
}

/** Reads contents of an element; null where they make no sense. */
type Read<T> = (octets: Buffer) => T | null;
type Write<T> = (value: T) => Buffer;

/** How the contents of an element are read and written. */
export interface ElementCodec<T> {
  read: Read<T>;
  write: Write<T>;
}

const last = 0x80;

/** Octets of a group end with one that has bit 8; the number of octets up to it, 0 where it is missing. */
function groupEnd(octets: Buffer, from: number): number {
  for (let at = from; at < octets.length; at++) if ((octets[at] as number) & last) return at + 1;
  return 0;
}

export const causeCodec: ElementCodec<Cause> = {
  read(octets) {
    const at = groupEnd(octets, 0);
    const value = octets[at];
    if (at === 0 || value === undefined) return null;
    const cause: Cause = { value: value & 0x7f, location: (octets[0] as number) & 0x0f };
    return octets.length > at + 1 ? { ...cause, diagnostics: octets.subarray(at + 1) } : cause;
  },
  write: ({ value, location, diagnostics }) =>
    Buffer.from([last | (location & 0x0f), last | (value & 0x7f), ...(diagnostics ?? [])]),
};

export const bearerCodec: ElementCodec<BearerCapability> = {
  read(octets) {
    const second = groupEnd(octets, 0);
    const rate = octets[second];
    if (second === 0 || rate === undefined) return null;
    const bearer: BearerCapability = {
      transferCapability: (octets[0] as number) & 0x1f,
      transferMode: (rate >> 5) & 3,
      transferRate: rate & 0x1f,
    };
    let at = second + 1;
    // The multiplier follows a multiple rate, whether bit 8 of the rate says so or not.
    if (bearer.transferRate !== multirate) at = rate & last ? at : groupEnd(octets, at);
    else if (octets[at] !== undefined) bearer.rateMultiplier = (octets[at++] as number) & 0x7f;
    const layer1 = octets[at];
    if (layer1 !== undefined && ((layer1 >> 5) & 3) === 1) bearer.layer1 = layer1 & 0x1f;
    return bearer;
  },
  write({ transferCapability, transferMode, transferRate, rateMultiplier, layer1 }) {
    const rate = ((transferMode & 3) << 5) | (transferRate & 0x1f);
    const octets = [last | (transferCapability & 0x1f), rateMultiplier === undefined ? last | rate : rate];
    if (rateMultiplier !== undefined) octets.push(last | (rateMultiplier & 0x7f));
    if (layer1 !== undefined) octets.push(last | 0x20 | (layer1 & 0x1f));
    return Buffer.from(octets);
  },
};
const multirate = 24;

export const numberCodec: ElementCodec<PartyNumber> = {
  read(octets) {
    const at = groupEnd(octets, 0);
    if (at === 0) return null;
    const first = octets[0] as number;
    const number: PartyNumber = {
      digits: octets.toString('latin1', at),
      type: (first >> 4) & 7,
      plan: first & 0x0f,
    };
    const second = at > 1 ? octets[1] : undefined;
    if (second === undefined) return number;
    return { ...number, presentation: (second >> 5) & 3, screening: second & 3 };
  },
  write({ digits, type, plan, presentation, screening }) {
    const first = ((type & 7) << 4) | (plan & 0x0f);
    const head =
      presentation === undefined && screening === undefined
        ? [last | first]
        : [first, last | (((presentation ?? 0) & 3) << 5) | ((screening ?? 0) & 3)];
    return Buffer.concat([Buffer.from(head), Buffer.from(digits, 'latin1')]);
  },
};

export const progressCodec: ElementCodec<ProgressIndicator> = {
  read(octets) {
    const at = groupEnd(octets, 0);
    const description = octets[at];
    if (at === 0 || description === undefined) return null;
    return { description: description & 0x7f, location: (octets[0] as number) & 0x0f };
  },
  write: ({ description, location }) => Buffer.from([last | (location & 0x0f), last | (description & 0x7f)]),
};

/** IA5 text. */
export const textCodec: ElementCodec<string> = {
  read: (octets) => octets.toString('latin1').replace(/\0+$/, ''),
  write: (text) => Buffer.from(text, 'latin1'),
};

/** Octets of a display element (Q.931 §4.5.16). */
const mostDisplay = 82;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * A name: IA5 by the letter, in practice UTF-8 or ISO 8859-1, at times after a type octet with bit 8, and with a NUL at
 * its end. A longer one is cut.
 */
export const displayCodec: ElementCodec<string> = {
  read(octets) {
    const typed = ((octets[0] ?? 0) & 0xc0) === 0x80;
    const text = typed ? octets.subarray(1) : octets;
    return decodeText(text).replace(/\0+$/, '');
  },
  write(text) {
    // each takes an octet at least; half a character is none
    let name = text.slice(0, mostDisplay).replace(/[\ud800-\udbff]$/, '');
    while (Buffer.byteLength(name) > mostDisplay) name = [...name].slice(0, -1).join('');
    return Buffer.from(name);
  },
};

function decodeText(octets: Buffer): string {
  try {
    return utf8.decode(octets);
  } catch {
    return octets.toString('latin1');
  }
}

/** One octet: call state (Q.931 §4.5.7, without the coding standard), signal, notification indicator. */
export const octetCodec = (mask: number, set: number): ElementCodec<number> => ({
  read: (octets) => (octets[0] === undefined ? null : octets[0] & mask),
  write: (value) => Buffer.from([set | (value & mask)]),
});

export const octetsCodec: ElementCodec<Buffer> = { read: (octets) => octets, write: (octets) => octets };
