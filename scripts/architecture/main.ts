// Prints every breach of the rules of the house and fails when there is one.
import { checkScripts, checkSourceTree } from './check.js';

const problems = [
  ...checkSourceTree('src').map((line) => `src/${line}`),
  ...checkScripts('scripts').map((line) => `scripts/${line}`),
];
for (const problem of problems) console.log(problem);
console.log(problems.length === 0 ? 'Architecture: as agreed.' : `Architecture: ${problems.length} breaches.`);
process.exit(problems.length === 0 ? 0 : 1);
