import assert from 'node:assert/strict';
import { decode } from '../../../../src/protocol/asn1/codec.js';
import { readAck, readOpening } from '../../../../src/protocol/h323/control/channel-values.js';
import { RemoteSets } from '../../../../src/protocol/h323/control/capabilities.js';
import type { CapabilitySet, IncomingChannel, TokenAsked } from '../../../../src/protocol/h323/control/contract.js';
import { H323_UserInformation } from '../../../../src/protocol/h323/h225/schema.js';
import type { MultimediaSystemControlMessage } from '../../../../src/protocol/h323/h245/schema.js';
import { readH239 } from '../../../../src/protocol/h323/h239/messages.js';
import { valueOf } from '../../../support/control-links.js';
import { controlRig, opening, taken, video, type ControlRig } from '../../../support/control-rig.js';
import { q931Vectors, type Q931Vector } from '../goldens.js';

// Calls of other stacks as they were recorded: our session takes the place of one side, is told what the other side said,
// does what its user did, and has to say what that side said.

interface Recorded extends Q931Vector {
  capture: string;
  direction: string;
}
interface Line {
  from: 'caller' | 'callee';
  pdu: MultimediaSystemControlMessage;
}

function recordedCalls(): Map<string, Line[]> {
  const calls = new Map<string, Line[]>();
  for (const { capture, direction, ies } of q931Vectors as Recorded[]) {
    const octets = Buffer.from(ies.find(({ ie }) => ie === '7e')?.hex ?? '', 'hex').subarray(1);
    const read = decode(H323_UserInformation, octets);
    const control = read.ok ? (read.value['h323-uu-pdu'].h245Control ?? []) : [];
    const from = direction.split(' > ')[0];
    // Calls through a gatekeeper are there twice.
    if (control.length === 0 || !/^call\w+ > call\w+$/.test(direction)) continue;
    const lines = calls.get(capture) ?? [];
    lines.push(...control.map((pdu) => ({ from: from as Line['from'], pdu: valueOf(pdu) })));
    calls.set(capture, lines);
  }
  return calls;
}

/** A message as one line: what has to be the same whoever says it. */
function gist(pdu: MultimediaSystemControlMessage): string {
  const { request, response, command, indication } = pdu;
  const inner = (request ?? response ?? command ?? indication) as Record<string, unknown>;
  const name = Object.keys(inner)[0] ?? '';
  const generic = inner.genericRequest ?? inner.genericResponse ?? inner.genericCommand ?? inner.genericIndication;
  if (generic) {
    const message = readH239(generic as never);
    // Some refuse without a word of what.
    if (message?.kind === 'tokenResponse' && !message.granted) return 'token refused';
    return JSON.stringify(message);
  }
  if (request?.openLogicalChannel) {
    const read = readOpening(request.openLogicalChannel);
    assert.ok(read.ok);
    delete read.opening.genericInformation;
    return `${name} ${request.openLogicalChannel.forwardLogicalChannelNumber} ${JSON.stringify(read.opening)}`;
  }
  if (response?.openLogicalChannelAck) {
    const { acceptance, sessionId } = readAck(response.openLogicalChannelAck, null);
    const { forwardLogicalChannelNumber } = response.openLogicalChannelAck;
    return `${name} ${forwardLogicalChannelNumber} ${sessionId} ${JSON.stringify(acceptance)}`;
  }
  const number = request?.closeLogicalChannel ?? request?.requestChannelClose;
  if (number) return `${name} ${number.forwardLogicalChannelNumber}`;
  if (request?.terminalCapabilitySet) return `${name} ${request.terminalCapabilitySet.sequenceNumber}`;
  return `${name} ${JSON.stringify(inner[name])}`;
}

/** One side of a recorded call, played by our session. */
class Player {
  readonly said: string[] = [];
  readonly rig: ControlRig;
  private readonly sets = new RemoteSets();
  private readonly offered: IncomingChannel[] = [];
  private readonly asks: TokenAsked[] = [];

  constructor(ours: readonly MultimediaSystemControlMessage[]) {
    const msd = ours.find(({ request }) => request?.masterSlaveDetermination)?.request?.masterSlaveDetermination;
    const symmetries = ours.flatMap(({ request }) => {
      const message = request?.genericRequest && readH239(request.genericRequest);
      return message?.kind === 'tokenRequest' ? [message.symmetry] : [];
    });
    this.rig = controlRig({
      terminalType: msd?.terminalType ?? 50,
      firstChannel:
        ours.flatMap(({ request }) => request?.openLogicalChannel ?? [])[0]?.forwardLogicalChannelNumber ?? 1,
      chance: {
        int: (_, max) => (max > 127 ? (msd?.statusDeterminationNumber ?? 0) : (symmetries.shift() ?? 0)),
        hex: () => '',
        uuid: () => '',
      },
    });
    this.rig.session.on.on('channelOffered', ({ channel }) => this.offered.push(channel));
    this.rig.session.on.on('tokenAsked', (asked) => this.asks.push(asked));
  }

  hear(pdu: MultimediaSystemControlMessage): void {
    const { link } = this.rig;
    link.on.emit('pdu', pdu);
    this.note();
  }

  /** Does what made the recorded side say this; what it said by itself needs nothing. */
  act({ request, response, command, indication }: MultimediaSystemControlMessage): void {
    const { session } = this.rig;
    const sending = (number: number) =>
      session.channels.find((one) => one.direction === 'out' && one.number === number);
    const receiving = (number: number) =>
      session.channels.find((one): one is IncomingChannel => one.direction === 'in' && one.number === number);
    if (request?.terminalCapabilitySet) this.capabilities(request.terminalCapabilitySet);
    else if (request?.openLogicalChannel) {
      const read = readOpening(request.openLogicalChannel);
      assert.ok(read.ok);
      session.open(read.opening);
    } else if (request?.closeLogicalChannel) {
      const channel = sending(request.closeLogicalChannel.forwardLogicalChannelNumber);
      if (channel?.direction === 'out') channel.close();
    } else if (request?.requestChannelClose) {
      receiving(request.requestChannelClose.forwardLogicalChannelNumber)?.requestClose();
    } else if (request?.roundTripDelayRequest) session.measure();
    else if (request?.genericRequest) session.token.take();
    else if (response?.openLogicalChannelAck) {
      const { forwardLogicalChannelNumber: number } = response.openLogicalChannelAck;
      const channel = this.offered.find((one) => one.number === number && one.state === 'offered');
      channel?.accept(readAck(response.openLogicalChannelAck, null).acceptance);
    } else if (response?.genericResponse) {
      const message = readH239(response.genericResponse);
      const ask = this.asks.shift();
      if (message?.kind === 'tokenResponse' && message.granted) ask?.accept();
      else ask?.reject();
    } else if (command?.genericCommand && this.asks.length === 0) session.token.release();
    else if (command?.genericCommand) this.asks.shift()?.accept();
    else if (command?.flowControlCommand) {
      const { scope, restriction } = command.flowControlCommand;
      const channel = receiving(scope.logicalChannelNumber ?? 0) ?? null;
      session.limit(channel, restriction.maximumBitRate === undefined ? null : restriction.maximumBitRate * 100);
    } else if (command?.miscellaneousCommand?.type.videoFastUpdatePicture) {
      const { logicalChannelNumber: number } = command.miscellaneousCommand;
      // What has no opening was opened by fast start.
      session.requestFastUpdate(receiving(number) ?? session.adopt('in', number, opening(video, 2), taken));
    } else if (command?.endSessionCommand) session.end();
    else if (indication?.userInput) session.send({ indication });
    this.note();
  }

  private capabilities(message: Parameters<RemoteSets['take']>[0]): void {
    const { session } = this.rig;
    const reading = this.sets.take(message);
    const set: CapabilitySet | null = reading.kind === 'set' ? reading.set : null;
    const known = set && { ...set, entries: set.entries.filter(({ capability }) => capability.kind !== 'other') };
    if (session.state === 'new' && known) session.start(known);
    // After a pause it says its set again by itself.
    else if (!this.said.includes(`terminalCapabilitySet ${message.sequenceNumber}`)) session.changeCapabilities(known);
  }

  private note(): void {
    this.said.push(...this.rig.link.sent().map(gist));
  }
}

describe('H.245 in place of other stacks', () => {
  const calls = recordedCalls();

  it('has calls to take part in', () => {
    assert.ok(calls.size >= 25, `${calls.size}`);
  });

  for (const [capture, lines] of calls) {
    for (const us of ['caller', 'callee'] as const) {
      // Without both sides' sets it is fast start alone, or begins in another field of the Setup.
      const speakers = lines.filter(({ pdu }) => pdu.request?.terminalCapabilitySet).map(({ from }) => from);
      if (new Set(speakers).size < 2) continue;
      it(`${capture.replace('.pcapng', '')}: as ${us}`, () => {
        const own = lines.filter(({ from }) => from === us).map(({ pdu }) => pdu);
        const player = new Player(own);
        // Both speak as soon as there is H.245, but where one of them began it after fast start.
        const first = capture.startsWith('fast-starth245')
          ? null
          : own.find(({ request }) => request?.terminalCapabilitySet);
        if (first) player.act(first);
        for (const { from, pdu } of lines.filter((line) => line.pdu !== first)) {
          if (from === us) player.act(pdu);
          else player.hear(pdu);
        }
        const { session, clock } = player.rig;
        const more = deliberate[`${capture} ${us}`] ?? [];
        assert.deepEqual(player.said.map(unnumbered).sort(), [...own.map(gist).map(unnumbered), ...more].sort());
        clock.advance(60_000);
        assert.equal(session.state, 'ended');
        assert.equal(clock.pending, 0);
        assert.equal(player.rig.link.listeners, 0);
      });
    }
  }
});

/** What we say besides. */
const deliberate: Record<string, string[]> = {
  // H.323 §8.4.6 asks for a new determination after a pause; that stack does without.
  'tcs-empty.pcapng callee': ['masterSlaveDetermination'],
  // That stack lets both present at once; we stop before we let the other.
  'h239-both.pcapng callee': ['closeLogicalChannel 103', '{"kind":"tokenRelease","channel":103,"label":0}'],
};

/** Whatever number was drawn: those of a recorded determination are checked by its outcome. */
const unnumbered = (line: string): string => line.replace(/^(masterSlaveDetermination) .*/, '$1');
