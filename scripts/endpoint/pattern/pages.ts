import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { splitAnnexB } from './bits.js';
import type { Size } from './parameter-sets.js';

const run = promisify(execFile);
const maxPages = 50;

/** A file that cannot be shared; the message says what to do about it. */
export class CannotShare extends Error {}

/**
 * Encodes a picture file, or every page of a PDF, as one H.264 baseline IDR picture each, in slices that fit
 * packetization-mode 0. Needs ffmpeg, and pdftoppm for PDF. Rejects with CannotShare.
 */
export async function encodePages(file: string, size: Size): Promise<Buffer[][]> {
  if (extname(file).toLowerCase() !== '.pdf') return [await encodePicture(file, size)];
  const folder = await mkdtemp(join(tmpdir(), 'dualstream-pages-'));
  try {
    const scale = ['-scale-to-x', String(size.width), '-scale-to-y', '-1'];
    await tool('pdftoppm', 'poppler-utils', ['-png', '-l', String(maxPages), ...scale, file, join(folder, 'page')]);
    const names = (await readdir(folder)).sort();
    if (names.length === 0) throw new CannotShare(`${file} has no pages`);
    const pages: Buffer[][] = [];
    for (const name of names) pages.push(await encodePicture(join(folder, name), size));
    return pages;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function encodePicture(file: string, { width, height }: Size): Promise<Buffer[]> {
  const fit = `scale=${width}:${height}:force_original_aspect_ratio=decrease,pad=${width}:${height}:-1:-1:white`;
  const coding = ['-c:v', 'libx264', '-profile:v', 'baseline', '-pix_fmt', 'yuv420p', '-crf', '24'];
  const slices = ['-x264-params', 'slice-max-size=1150:no-deblock=1:annexb=1:repeat-headers=1:ref=1', '-frames:v', '1'];
  const args = ['-v', 'error', '-nostdin', '-i', file, '-vf', fit, ...coding, ...slices, '-f', 'h264', 'pipe:1'];
  const nals = splitAnnexB(await tool('ffmpeg', 'ffmpeg', args));
  // SEI with the encoder's settings may exceed a packet and says nothing to the viewer.
  return nals.filter((nal) => [5, 7, 8].includes((nal[0] ?? 0) & 31));
}

async function tool(command: string, debianPackage: string, args: string[]): Promise<Buffer> {
  try {
    return (await run(command, args, { encoding: 'buffer', maxBuffer: 64 << 20 })).stdout;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      throw new CannotShare(`${command} is missing (Debian package ${debianPackage}): only test-pattern can be shared`);
    throw new CannotShare(`${command}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
