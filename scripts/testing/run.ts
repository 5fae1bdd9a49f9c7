// Runs the tests and prints one closing line `N passed, N failed, N skipped`.
//
//   scripts/test [--group unit|journeys|live|long]... [--grep WORDS] [FILE]...
import { parseArgs } from 'node:util';
import { findGroups, type Group } from './groups.js';
import { namespaceWords, runMocha, type Outcome } from './mocha.js';

const root = process.cwd();
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { group: { type: 'string', multiple: true }, grep: { type: 'string' } },
});
const total: Outcome = { passed: 0, failed: 0, skipped: 0, failures: [], skips: [] };
const inside = namespaceWords();

function chosen(): Group[] {
  const wanted = values.group ?? ['unit', 'journeys', 'live', ...(positionals.length > 0 ? ['long'] : [])];
  return findGroups(root)
    .filter((group) => wanted.includes(group.name))
    .map((group) => ({
      ...group,
      files: positionals.length === 0 ? group.files : group.files.filter((file) => positionals.includes(file)),
    }))
    .filter((group) => group.files.length > 0);
}

function add(name: string, outcome: Outcome, startedAt: number): void {
  total.passed += outcome.passed;
  total.failed += outcome.failed;
  total.skipped += outcome.skipped;
  total.failures.push(...outcome.failures);
  total.skips.push(...outcome.skips);
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
  console.log(`${name}: ${outcome.passed} passed, ${outcome.failed} failed, ${outcome.skipped} skipped (${seconds} s)`);
}

async function runOne(name: string, group: Group, files: string[]): Promise<void> {
  const alone = group.how === 'alone';
  const startedAt = Date.now();
  const outcome = await runMocha({
    files,
    report: `var/test/${process.pid}-${name.replaceAll('/', '-')}.json`,
    parallel: !alone,
    timeoutMs: group.timeoutMs,
    processMs: group.processMs,
    inside: alone && group.name !== 'live' ? inside : [],
    ...(values.grep === undefined ? {} : { grep: values.grep }),
  });
  add(name, outcome, startedAt);
}

for (const group of chosen()) {
  if (group.how === 'together') await runOne(group.name, group, group.files);
  else for (const file of group.files) await runOne(file, group, [file]);
}

for (const skip of total.skips) console.log(`skipped: ${skip}`);
for (const failure of total.failures) console.log(`\nFAILED ${failure}`);
if (total.passed + total.failed === 0) console.log('No test ran.');
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);
