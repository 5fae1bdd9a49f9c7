import { MAX_PACKET_MS } from './codec.js';
import type { Decoder, Encoder } from './codec.js';

/** The two companding laws of ITU-T G.711. */
export type Law = 'PCMU' | 'PCMA';

/** 14-bit µ-law expansion scaled to 16 bits (G.711 table 2). */
function expandMu(code: number): number {
  const inverted = ~code & 0xff;
  const exponent = (inverted >> 4) & 7;
  const magnitude = ((((inverted & 15) << 3) + 0x84) << exponent) - 0x84;
  return inverted & 0x80 ? -magnitude : magnitude;
}

/** 13-bit A-law expansion scaled to 16 bits (G.711 table 1). */
function expandA(code: number): number {
  const toggled = code ^ 0x55;
  const exponent = (toggled >> 4) & 7;
  const mantissa = ((toggled & 15) << 4) + 8;
  const magnitude = exponent === 0 ? mantissa : (mantissa + 0x100) << (exponent - 1);
  return toggled & 0x80 ? magnitude : -magnitude;
}

interface Tables {
  expand: Float32Array;
  /** Code by 16-bit sample plus 32768. */
  compress: Uint8Array;
}

/** Every 16-bit sample gets the code whose expansion is nearest, so both directions come from one table. */
function build(expand: (code: number) => number): Tables {
  const levels = Array.from({ length: 256 }, (_, code) => ({ code, value: expand(code) }));
  levels.sort((a, b) => a.value - b.value || a.code - b.code);
  const compress = new Uint8Array(65536);
  let i = 0;
  for (let sample = -32768; sample < 32768; sample += 1) {
    while (i < 255) {
      const here = levels[i];
      const above = levels[i + 1];
      if (!here || !above || Math.abs(above.value - sample) > Math.abs(here.value - sample)) break;
      i += 1;
    }
    compress[sample + 32768] = levels[i]?.code ?? 0;
  }
  const table = new Float32Array(256);
  for (let code = 0; code < 256; code += 1) table[code] = expand(code) / 32768;
  return { expand: table, compress };
}

const built: Partial<Record<Law, Tables>> = {};

function tablesOf(law: Law): Tables {
  return (built[law] ??= build(law === 'PCMU' ? expandMu : expandA));
}

/** Samples of a stretch of any length. */
export function expandG711(law: Law, codes: Uint8Array): Float32Array {
  const { expand } = tablesOf(law);
  return Float32Array.from(codes, (code) => expand[code] ?? 0);
}

/** G.711 encoder; stateless between frames. */
export class G711Encoder implements Encoder {
  readonly rate = 8000;
  readonly step = 160;
  private readonly payload = new Uint8Array(160);
  private readonly table: Uint8Array;

  constructor(law: Law) {
    this.table = tablesOf(law).compress;
  }

  encode(pcm: Float32Array): Uint8Array {
    const { payload, table } = this;
    for (let i = 0; i < payload.length; i += 1) {
      let index = ((pcm[i] as number) * 32767 + 32768.5) | 0;
      if (index < 0) index = 0;
      else if (index > 65535) index = 65535;
      payload[i] = table[index] as number;
    }
    return payload;
  }

  begin(): void {
    // Stateless.
  }

  standAlone(): void {
    // Stateless.
  }

  suit(): void {
    // One way for all.
  }

  close(): void {
    // Holds nothing.
  }
}

/** G.711 decoder. */
export class G711Decoder implements Decoder {
  readonly rate = 8000;
  readonly clock = 8000;
  readonly conceals = false;
  private readonly table: Float32Array;

  constructor(law: Law) {
    this.table = tablesOf(law).expand;
  }

  ticks(payload: Uint8Array): number {
    return payload.length > MAX_PACKET_MS * 8 ? 0 : payload.length;
  }

  decode(payload: Uint8Array, out: Float32Array): number {
    const n = this.ticks(payload);
    const table = this.table;
    for (let i = 0; i < n; i += 1) out[i] = table[payload[i] as number] as number;
    return n;
  }

  voiceless(): boolean {
    return false;
  }

  conceal(): number {
    return 0;
  }

  close(): void {
    // Holds nothing.
  }
}
