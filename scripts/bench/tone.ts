import { loadLibopus } from 'libopus-wasm';
import { atMost, inform, median, percentile, tell, type Figure } from './figures.js';
import { GatewayProcess } from './gateway-process.js';
import { measureBursts, spreadOf, type Bursts } from './tone-pair.js';
import { formats } from './voices.js';

// Mouth to ear through the mixer: from the packet whose first sample begins a tone burst, as it enters the gateway, to
// the first sample of the burst that leaves it (time of its packet plus its place in the packet).
// `node --import tsx scripts/bench/tone.ts [bursts] [pairs]`

const bursts = Number(process.argv[2] ?? 15);
const pairs = Number(process.argv[3] ?? 4);

function figuresOf(name: string, measured: Bursts): Figure[] {
  const { delays, lateness } = measured;
  return [
    atMost(`tone burst in to tone burst out, ${name}, median`, median(delays), 60, 'ms'),
    inform(`spread over ${delays.length} bursts, ${name}`, spreadOf(measured)),
    inform(
      `lateness of the bench's own packets, ${name}`,
      `p98 ${percentile(lateness, 0.98).toFixed(1)}, worst ${Math.max(...lateness).toFixed(0)} ms`,
    ),
  ];
}

await loadLibopus();
const gateway = await GatewayProcess.start();
try {
  const figures: Figure[] = [];
  for (const format of [formats.PCMU, formats.G722, formats.opus]) {
    const room = `tone-${format.name.toLowerCase()}`;
    figures.push(...figuresOf(format.name, await measureBursts({ sip: gateway.sip, room, format, bursts, pairs })));
  }
  tell({ bench: 'tone', figures });
} finally {
  await gateway.stop();
}
