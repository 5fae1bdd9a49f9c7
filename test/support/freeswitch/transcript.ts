import type { RawEsl } from './raw-esl.js';

/** What went both ways, in the form of `test/golden/esl`; the password is made up. */
export function asTranscript(title: string, { said }: RawEsl, password: string): string {
  const head = `# ${title}\n# "C:" = we sent, "S:" = server sent (verbatim); number = ms since start\n`;
  const parts = said.map(({ who, text, at }) => `\n== [${at}] ${who}:\n${text.replace(password, 'labpass')}\n`);
  return `${head}${parts.join('')}`;
}
