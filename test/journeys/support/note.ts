/** Writes a figure or a remark beside the test's name. */
export function note(text: string): void {
  process.stdout.write(`      ${text}\n`);
}
