import { seeded } from '../../test/support/seeded.js';
import { soak } from './soak.js';

// A mix of calls against the built gateway for a long time: `npm run soak -- [minutes] [calls a second] [seed]`.

const minutes = Number(process.argv[2] ?? 30);
const callsPerSecond = Number(process.argv[3] ?? 10);
const seed = Number(process.argv[4] ?? 1);
/** Growth an hour that is put down to noise, megabytes. */
const mostGrowth = 24;

const result = await soak({
  seconds: minutes * 60,
  callsPerSecond,
  roll: seeded(seed),
  progress: (line) => console.log(line),
});
for (const [name, { made, complaints }] of result.visits) {
  console.log(`${name}: ${made}, ${complaints.length} went wrong${complaints.length > 0 ? `: ${complaints[0]}` : ''}`);
}
const { megabytesPerHour, firstMegabytes, lastMegabytes, left, errors, cpuSeconds } = result;
console.log(
  `memory ${firstMegabytes.toFixed(1)} -> ${lastMegabytes.toFixed(1)} MB, ${megabytesPerHour.toFixed(2)} MB/h`,
);
console.log(`left: ${left.legs} calls, ${left.transactions} transactions, ${left.files} files`);
console.log(`CPU ${cpuSeconds.toFixed(1)} s; ${errors.length} errors in the log${errors[0] ? `: ${errors[0]}` : ''}`);
const wrong = [...result.visits.values()].some(({ complaints }) => complaints.length > 0);
const stuck = left.legs + left.transactions + left.files > 0;
if (wrong || stuck || errors.length > 0 || megabytesPerHour > mostGrowth) process.exitCode = 1;
