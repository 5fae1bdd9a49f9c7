import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { systemClock } from '../../../src/base/clock.js';
import type { GatewaySettings } from '../../../src/gateway.js';
import { selfSigned } from '../../../src/services/api/certificate.js';
import { readCode, type PictureCode } from '../../../scripts/endpoint/pattern/code.js';
import { makeClip } from './clip.js';
import {
  callFigures,
  captures,
  connected,
  cut,
  lumaOf,
  outside,
  tonesPlayed,
  watch,
  type CallFigures,
} from './page-side.js';
import { until } from './until.js';

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  '--auto-select-desktop-capture-source=Entire screen',
  '--allow-loopback-in-peer-connection',
  '--disable-features=WebRtcHideLocalIpsWithMdns',
  '--autoplay-policy=no-user-gesture-required',
];

/** Where Debian puts it. */
export const chromiumProgram = '/usr/bin/chromium';

/** Files that a browser takes for its devices, made by `makeDevices`. */
export interface Devices {
  camera: string;
  microphone: string;
}

/** Writes a camera whose picture carries `name`, and a microphone that beeps: a steady tone would count as noise. */
export function makeDevices(directory: string, name: string, tone: number): Devices {
  const clip = join(directory, `${name}.mp4`);
  makeClip(clip, name, 3);
  const camera = join(directory, `${name}.y4m`);
  const { status, stderr } = spawnSync('ffmpeg', ['-v', 'error', '-y', '-i', clip, '-pix_fmt', 'yuv420p', camera]);
  if (status !== 0) throw new Error(`ffmpeg: ${String(stderr)}`);
  const microphone = join(directory, `${name}.wav`);
  writeFileSync(microphone, beeps(tone));
  return { camera, microphone };
}

/** A browser without a window. */
export class TestBrowser {
  private constructor(private readonly browser: Browser) {}

  /** One on another machine; `enter`: words that run a command there. */
  static async startIn(enter: readonly string[], directory: string, devices: Devices): Promise<TestBrowser> {
    const program = join(directory, 'chromium');
    writeFileSync(program, `#!/bin/sh\nexec ${enter.join(' ')} ${chromiumProgram} "$@"\n`, { mode: 0o755 });
    return TestBrowser.start(devices, [], program);
  }

  static async start(
    devices?: Devices,
    more: string[] = [],
    executablePath: string = chromiumProgram,
  ): Promise<TestBrowser> {
    const files = devices && [
      `--use-file-for-fake-video-capture=${devices.camera}`,
      `--use-file-for-fake-audio-capture=${devices.microphone}`,
    ];
    return new TestBrowser(
      await chromium.launch({
        executablePath,
        headless: true,
        args: [...flags, ...more, ...(files ?? [])],
      }),
    );
  }

  /** A person's browser: own storage and cookies. `init` runs in each page before the page's own code. */
  async person(
    options: { permissions?: string[]; locale?: string; size?: { width: number; height: number }; init?: string } = {},
  ): Promise<RoomPage> {
    const context = await this.browser.newContext({
      permissions: options.permissions ?? ['camera', 'microphone'],
      viewport: options.size ?? { width: 1280, height: 800 },
      locale: options.locale ?? 'en-GB',
      ignoreHTTPSErrors: true,
    });
    // what the TypeScript loader calls in every function it sends
    await context.addInitScript({ content: 'globalThis.__name = (value) => value;' });
    await context.addInitScript(watch);
    if (options.init !== undefined) await context.addInitScript({ content: options.init });
    return new RoomPage(context, await context.newPage());
  }

  close(): Promise<void> {
    return this.browser.close();
  }
}

/** A secure listener for the page with a certificate of this run, for the settings of a gateway. */
export async function secureListener(directory: string): Promise<NonNullable<GatewaySettings['web']['https']>> {
  const { cert, key } = await selfSigned(directory, { hosts: ['localhost'], addresses: ['127.0.0.1'] }, systemClock);
  return { address: '127.0.0.1', port: 0, cert, key };
}

/** One person's page, with what a test wants to know of it. */
export class RoomPage {
  /** Errors and warnings that the page raised. */
  readonly complaints: string[] = [];

  constructor(
    readonly context: BrowserContext,
    readonly page: Page,
  ) {
    page.on('pageerror', ({ message }) => this.complaints.push(message));
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
  }

  /** Goes through the door of a room and waits until the call stands; milliseconds from click to call. */
  async join(page: string, room: string, name: string): Promise<number> {
    await this.page.goto(`${page}/?room=${encodeURIComponent(room)}`);
    await this.page.fill('input[autocomplete=name]', name);
    const from = performance.now();
    await this.page.click('button[type=submit]');
    await this.page.waitForSelector('.room');
    return performance.now() - from;
  }

  figures(): Promise<CallFigures | null> {
    return this.page.evaluate(callFigures);
  }

  tones(): Promise<number[]> {
    return this.page.evaluate(tonesPlayed);
  }

  /** Whose picture a figure shows, e.g. `ALPHA camera`; null without a readable stamp. */
  async sees(figure: 'main' | 'content'): Promise<string | null> {
    const code = await this.code(figure);
    return code && `${code.id} ${code.kind}`;
  }

  /** Stamp of what a figure shows; null without a readable one. */
  async code(figure: 'main' | 'content'): Promise<PictureCode | null> {
    const luma = await this.page.evaluate(lumaOf, `#${figure}-picture video`);
    return luma && readCode(Uint8Array.from(luma), 160, 90);
  }

  captures(): Promise<string[]> {
    return this.page.evaluate(captures);
  }

  connected(protocol: 'sip' | 'bfcp'): Promise<boolean> {
    return this.page.evaluate(connected, protocol);
  }

  /** Breaks the signalling or the floor control connection. */
  cut(protocol: 'sip' | 'bfcp'): Promise<number> {
    return this.page.evaluate(cut, protocol);
  }

  /** Waits until more pictures are decoded on a line. */
  async decodes(line: 'main' | 'content', pictures = 5): Promise<CallFigures> {
    const before = (await this.figures())?.[line].framesDecoded ?? 0;
    return until(`the page to decode ${pictures} pictures more on ${line}`, 10_000, async () => {
      const now = await this.figures();
      return now && now[line].framesDecoded >= before + pictures ? now : null;
    });
  }

  /** Waits for words in an element. */
  async says(words: string | RegExp, selector = 'body', timeoutMs = 10_000): Promise<void> {
    const matches = (text: string): boolean => (typeof words === 'string' ? text.includes(words) : words.test(text));
    let text = '';
    await until(
      `"${String(words)}" in ${selector}`,
      timeoutMs,
      async () => {
        text = await this.page.innerText(selector, { timeout: timeoutMs });
        return matches(text) || null;
      },
      () => `but there was: ${text}`,
    );
  }

  /** What does not fit into the window; empty when all does. */
  outside(): Promise<string[]> {
    return this.page.evaluate(outside);
  }

  /** Rules of accessibility that the page breaks, each with the first place; empty when all is well. */
  async violations(colours: 'light' | 'dark' = 'light'): Promise<string[]> {
    await this.page.emulateMedia({ colorScheme: colours });
    const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    await this.page.evaluate(source);
    const results = await this.page.evaluate<{ violations: { id: string; nodes: { html: string }[] }[] }>('axe.run()');
    await this.page.emulateMedia({ colorScheme: 'light' });
    return results.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`);
  }

  /** Keeps a picture for the documentation, when that is asked for. */
  async keepPicture(name: string): Promise<void> {
    const directory = process.env['DUALSTREAM_SCREENSHOTS'];
    if (directory !== undefined) await this.page.screenshot({ path: join(directory, `${name}.png`) });
  }

  close(): Promise<void> {
    return this.context.close();
  }
}

/** A WAV of a tone that comes and goes, so that noise suppression lets it pass: 400 ms on, 200 ms off. */
function beeps(tone: number): Buffer {
  const rate = 48_000;
  const samples = rate * 6;
  const wav = Buffer.alloc(44 + samples * 2);
  wav.write('RIFF', 0);
  wav.writeUInt32LE(36 + samples * 2, 4);
  wav.write('WAVEfmt ', 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(rate, 24);
  wav.writeUInt32LE(rate * 2, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write('data', 36);
  wav.writeUInt32LE(samples * 2, 40);
  for (let i = 0; i < samples; i += 1) {
    const on = (i / rate) % 0.6 < 0.4;
    wav.writeInt16LE(on ? Math.round(16_000 * Math.sin((2 * Math.PI * tone * i) / rate)) : 0, 44 + i * 2);
  }
  return wav;
}
