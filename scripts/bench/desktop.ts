import { chromium, type BrowserContext } from 'playwright-core';
import { chromiumProgram, RoomPage } from '../../test/journeys/support/chromium.js';
import { missing } from '../../test/journeys/support/needs.js';
import { watch } from '../../test/journeys/support/page-side.js';
import { startEndpoint } from '../endpoint/endpoint.js';
import { atMost, inform, pause, tell, type Figure } from './figures.js';
import { GatewayProcess, here } from './gateway-process.js';

// Bit rate of the content line while a browser shares a screen full of text on which nothing moves. A browser without
// a window has only a moving picture for its desktop, so a tab is shared in its place.
// `node --import tsx scripts/bench/desktop.ts [seconds]`

const seconds = Number(process.argv[2] ?? 10);
/** How long the encoder may refine the picture before it counts. */
const settleMs = 10_000;

const title = 'Bench desktop';
const flags = [
  '--no-sandbox',
  '--window-size=1920,1080',
  '--disable-gpu',
  '--use-fake-device-for-media-stream',
  `--auto-select-tab-capture-source-by-title=${title}`,
  '--allow-loopback-in-peer-connection',
  '--disable-features=WebRtcHideLocalIpsWithMdns',
  '--autoplay-policy=no-user-gesture-required',
];

interface Sent {
  bytes: number;
  frames: number;
}

async function sent(page: RoomPage): Promise<Sent> {
  const figures = await page.figures();
  return { bytes: figures?.content.bytesSent ?? 0, frames: figures?.content.framesSent ?? 0 };
}

/** A tab with windows of text side by side, as a desktop of an office looks. */
async function showDesktop(context: BrowserContext): Promise<void> {
  const tab = await context.newPage();
  const row = (i: number): string =>
    `<tr><td>${i}</td><td>Quarter ${i % 4}</td><td>${(i * 7919) % 1000}.${i}</td></tr>`;
  const windows = Array.from({ length: 6 }, (_, n) => {
    const rows = Array.from({ length: 20 }, (_, i) => row(n * 20 + i)).join('');
    return `<div style="background:hsl(${n * 60} 40% 92%);padding:1em"><h2>Window ${n}</h2><table>${rows}</table></div>`;
  });
  const style = 'display:grid;grid-template-columns:repeat(3,1fr);gap:1em;font:14px sans-serif;background:#246';
  await tab.setContent(`<title>${title}</title><body style="${style}">${windows.join('')}`);
}

/** Someone's page beside it. */
async function person(context: BrowserContext): Promise<RoomPage> {
  await context.addInitScript({ content: 'globalThis.__name = (value) => value;' });
  await context.addInitScript(watch);
  return new RoomPage(context, await context.newPage());
}

/** Milliseconds from calling a room to the first decoded picture of what is shared there. */
async function lateViewer(gateway: GatewayProcess): Promise<number> {
  const begin = performance.now();
  const viewer = await startEndpoint({ uri: gateway.uri('desktop'), name: 'LATE', bind: here, quiet: true });
  try {
    await viewer.waitFor((state) => state.content.decoded > 0, 15_000, 'the shared desktop');
    return performance.now() - begin;
  } finally {
    await viewer.hangup();
  }
}

async function measure(gateway: GatewayProcess): Promise<Figure[]> {
  const viewer = await startEndpoint({ uri: gateway.uri('desktop'), name: 'VIEWER', bind: here, quiet: true });
  const browser = await chromium.launch({ executablePath: chromiumProgram, headless: true, args: flags });
  try {
    const context = await browser.newContext({ permissions: ['camera', 'microphone'], viewport: null });
    await showDesktop(context);
    const page = await person(context);
    await page.join(gateway.page, 'desktop', 'Sharer');
    await page.page.click('text=Share screen');
    const { content } = await viewer.waitFor((state) => state.content.decoded > 0, 15_000, 'the shared desktop');
    const start = await sent(page);
    await pause(settleMs);
    const before = await sent(page);
    await pause(seconds * 1000);
    const after = await sent(page);
    const { luma, change } = viewer.state.content;
    const late = await lateViewer(gateway);
    const kbps = (to: Sent, from: Sent, ms: number): number => ((to.bytes - from.bytes) * 8) / ms;
    return [
      atMost('still shared desktop, content line', kbps(after, before, seconds * 1000), 100, 'kbit/s'),
      inform('picture', `${content.width}x${content.height}, ${(after.frames - before.frames) / seconds} frames/s`),
      inform(`its first ${settleMs / 1000} s`, `${kbps(before, start, settleMs).toFixed(0)} kbit/s`),
      inform('decoded: mean brightness, and change from picture to picture', `${luma} of 255, ${change}`),
      inform('call of a late viewer to its first picture of it', `${late.toFixed(0)} ms`),
    ];
  } finally {
    await browser.close();
    await viewer.hangup();
  }
}

const lacking = missing(['chromium', 'rtpengine', 'ffmpeg']);
if (lacking !== null) tell({ bench: 'desktop', figures: [], note: `skipped: ${lacking}` });
else {
  const gateway = await GatewayProcess.start({ rtpengine: true });
  try {
    tell({ bench: 'desktop', figures: await measure(gateway) });
  } finally {
    await gateway.stop();
  }
}
