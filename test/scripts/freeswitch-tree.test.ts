import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkFreeSwitchTree } from '../../scripts/freeswitch/check.js';

const conf = 'freeswitch-conf';
const dialplan = 'dialplans/freeswitch';

/** What the check says of the shipped tree with one text put in another's place. */
function changed(file: string, from: string, to: string): string {
  const root = mkdtempSync(join(tmpdir(), 'freeswitch-tree-'));
  try {
    for (const folder of [conf, dialplan]) cpSync(folder, join(root, folder), { recursive: true });
    const path = join(root, file);
    const text = readFileSync(path, 'utf8');
    assert.ok(text.includes(from), `${file} has no ${from}`);
    writeFileSync(
      path,
      text.replace(from, () => to),
    );
    return checkFreeSwitchTree(root).join('\n');
  } finally {
    rmSync(root, { recursive: true });
  }
}

describe('the FreeSWITCH tree', () => {
  it('is as the check wants it', () => assert.deepEqual(checkFreeSwitchTree('.'), []));

  const faults: [what: string, file: string, from: string, to: string, why: RegExp][] = [
    ['XML that is cut', `${dialplan}/20-room.xml`, '</include>', '', /20-room.xml.*(parser|tag)/],
    ['an include of nothing', `${conf}/freeswitch.xml`, 'vars.xml', 'var.xml', /var.xml, which is not there/],
    ['a file that nobody includes', `${conf}/freeswitch.xml`, 'vars.xml', 'freeswitch.xml', /vars.xml: nobody/],
    ['a variable that is not set', `${conf}/autoload_configs/acl.conf.xml`, '$${gateways}', '$${gw}', /gw} is not set/],
    ['an include in a comment', `${conf}/freeswitch.xml`, 'See README.md.', '<X-PRE-PROCESS/>', /comments/],
    [
      'a password that is written down',
      `${conf}/autoload_configs/event_socket.conf.xml`,
      '$${esl_password}',
      'secret',
      /password is written down/,
    ],
    [
      'a default for the password',
      `${conf}/vars.xml`,
      'data="esl_port=8021"/>',
      'data="esl_password=x"/>',
      /password is written down/,
    ],
    ["FreeSWITCH's own password", `${conf}/vars.xml`, 'its well-known one', 'ClueCon', /everybody knows/],
    ['an account', `${conf}/freeswitch.xml`, '"directory"/>', '"directory"><user id="1"/></section>', /has an account/],
    ['a profile that is not there', `${dialplan}/10-every-call.xml`, '=narrowband"', '=narrow"', /profile narrow/],
    ['a flag that is not there', `${dialplan}/40-listen.xml`, '|mute|', '|muted|', /member flag muted/],
    [
      'a context that is not there',
      `${conf}/sip_profiles/internal.xml`,
      '"bridge"',
      '"default"',
      /context says default/,
    ],
    [
      'an access list that is not there',
      `${conf}/autoload_configs/acl.conf.xml`,
      '"gateways"',
      '"gw"',
      /says gateways/,
    ],
    [
      'keys that are not there',
      `${conf}/autoload_configs/conference.conf.xml`,
      'group name="keys"',
      'group name="k"',
      /caller-controls says keys/,
    ],
  ];
  for (const [what, file, from, to, why] of faults) {
    it(`is refused with ${what}`, () => assert.match(changed(file, from, to), why));
  }
});
