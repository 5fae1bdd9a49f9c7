import type { PictureKind } from './code.js';
import { emptyGrid, FlatEncoder } from './flat-encoder.js';
import { parsePps, parseSps, writePps, writeSps, type Size } from './parameter-sets.js';
import { paintCode, Scene } from './scene.js';

/** Produces one picture after the other as NAL units. */
export interface PictureSource {
  readonly size: Size;
  readonly fps: number;
  /** NAL units of the next picture; `idr` makes it a keyframe with its parameter sets in front. */
  next(idr: boolean): Buffer[];
}

/** How pictures are made. */
export interface PictureOptions {
  name: string;
  kind: PictureKind;
  size: Size;
  fps: number;
  /** Largest NAL unit in bytes. */
  maxNal: number;
}

/** The test pattern of an endpoint. */
export class PatternSource implements PictureSource {
  private readonly scene: Scene;
  private readonly encoder: FlatEncoder;
  private readonly sps: Buffer;
  private readonly pps = writePps();
  private counter = 0;

  constructor(private readonly options: PictureOptions) {
    this.scene = new Scene(options.name, options.kind, options.size);
    this.sps = writeSps(options.size, options.fps);
    const sps = parseSps(this.sps);
    const pps = parsePps(this.pps);
    if (!sps || !pps) throw new Error('own parameter sets do not parse');
    this.encoder = new FlatEncoder(options.size, sps, pps, options.maxNal);
  }

  get size(): Size {
    return this.options.size;
  }

  get fps(): number {
    return this.options.fps;
  }

  next(idr: boolean): Buffer[] {
    const first = this.counter === 0;
    const grid = this.scene.at(this.counter++);
    if (idr || first) return [this.sps, this.pps, ...this.encoder.idr(grid)];
    return this.encoder.delta(grid);
  }
}

/**
 * Still pages encoded elsewhere, each as one baseline IDR picture with parameter sets, on which the stamp is painted
 * by small P pictures: the counter runs although nothing else is encoded.
 */
export class PagesSource implements PictureSource {
  private readonly encoders: { nals: Buffer[]; encoder: FlatEncoder }[];
  private page = 0;
  private fresh = true;
  private counter = 0;

  /** Throws when a page is not CAVLC-coded H.264. */
  constructor(
    private readonly options: PictureOptions,
    pages: Buffer[][],
  ) {
    this.encoders = pages.map((nals) => ({ nals, encoder: continuing(nals, options) }));
    if (this.encoders.length === 0) throw new Error('a share without pages');
  }

  get size(): Size {
    return this.options.size;
  }

  get fps(): number {
    return this.options.fps;
  }

  /** Turns to another page; the next picture shows it. */
  turn(page: number): void {
    this.page = ((page % this.encoders.length) + this.encoders.length) % this.encoders.length;
    this.fresh = true;
  }

  get pages(): number {
    return this.encoders.length;
  }

  next(idr: boolean): Buffer[] {
    const current = this.encoders[this.page];
    if (!current) return [];
    if (idr || this.fresh) {
      this.fresh = false;
      current.encoder.restart();
      return current.nals;
    }
    const grid = emptyGrid(current.encoder.columns * current.encoder.rows);
    paintCode(grid, this.options.size, { id: this.options.name, kind: this.options.kind, counter: this.counter++ });
    return current.encoder.delta(grid);
  }
}

function continuing(nals: Buffer[], options: PictureOptions): FlatEncoder {
  const ofType = (type: number): Buffer => nals.find((nal) => ((nal[0] ?? 0) & 31) === type) ?? Buffer.alloc(0);
  const sps = parseSps(ofType(7));
  const pps = parsePps(ofType(8));
  if (!sps || !pps?.cavlc || sps.pocType === 1) throw new Error('page is not baseline H.264');
  return new FlatEncoder(options.size, sps, pps, options.maxNal);
}
