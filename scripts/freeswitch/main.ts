// Prints what is wrong with the FreeSWITCH tree of this checkout and fails when there is something.
import { checkFreeSwitchTree } from './check.js';

const problems = checkFreeSwitchTree('.');
for (const problem of problems) console.log(problem);
console.log(problems.length === 0 ? 'FreeSWITCH tree: as agreed.' : `FreeSWITCH tree: ${problems.length} faults.`);
process.exit(problems.length === 0 ? 0 : 1);
