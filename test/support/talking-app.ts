import type { Clock } from '../../src/base/clock.js';
import type { RawApp } from './raw-app.js';

const sdp = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n';
const typed = 'Content-Type: application/sdp';

/** What becomes of a call, decided beforehand. */
export interface Plan {
  /** Ringing for so long before the answer, milliseconds. */
  ringMs: number;
  /** Final status of the callee. */
  status: '200 OK' | '486 Busy Here';
  /** The caller gives up after so long; null: it waits. */
  cancelMs: number | null;
  /** The caller changes the session after the answer. */
  reinvite: boolean;
  /** So long after the answer somebody hangs up. */
  talkMs: number;
  hangsUp: 'caller' | 'callee';
}

/** How a call ended, as its caller or its callee saw it. */
export type Ending = 'talked' | 'refused' | 'cancelled' | 'timed out';

/** An application that plays its part of many calls, by what it hears; call `work` after every step of the clock. */
export class TalkingApp {
  /** By Call-ID. */
  readonly endings = new Map<string, Ending>();
  private done = 0;
  private readonly transactions = new Map<string, string>();
  private readonly cancelled = new Set<string>();
  private readonly answered = new Set<string>();

  constructor(
    private readonly app: RawApp,
    private readonly clock: Clock,
    private readonly plans: ReadonlyMap<string, Plan>,
  ) {}

  call(id: string, uri: string): void {
    const lines = [`INVITE ${uri} SIP/2.0`, `Call-ID: ${id}`, 'CSeq: 1 INVITE', typed];
    this.app.say('sip||', [...lines, '', sdp].join('\r\n'));
    const { cancelMs } = this.planOf(id);
    if (cancelMs !== null) this.clock.after(cancelMs, () => this.cancel(id, uri));
  }

  work(): void {
    for (; this.done < this.app.heard.length; this.done++) this.hear(this.app.heard[this.done] ?? '');
  }

  private hear(text: string): void {
    const leader = text.split('\r\n')[0]?.split('|') ?? [];
    const id = header(text, 'Call-ID');
    if (leader[1] === 'response') {
      if (/\r\nINVITE /.test(text) && /^CSeq: 1 /im.test(text)) this.transactions.set(id, leader[10] ?? '');
      return;
    }
    const start = text.split('\r\n')[1] ?? '';
    if (start.startsWith('SIP/2.0')) return this.response(id, Number(start.slice(8, 11)), text, leader[9] ?? '');
    this.request(id, start.split(' ')[0] ?? '', text, leader[9] ?? '');
  }

  private request(id: string, method: string, text: string, dialog: string): void {
    if (method === 'BYE') {
      this.app.answer(text, '200 OK');
      this.endings.set(id, 'talked');
    } else if (method === 'CANCEL') this.endings.set(id, 'cancelled');
    else if (method === 'INVITE' && dialog !== '') this.app.answer(text, '200 OK', [typed], sdp);
    else if (method === 'INVITE') this.ring(id, text);
  }

  private ring(id: string, text: string): void {
    const plan = this.planOf(id);
    this.app.answer(text, '180 Ringing');
    this.clock.after(plan.ringMs, () => {
      if (this.endings.get(id) === 'cancelled') return;
      if (plan.status !== '200 OK') {
        this.app.answer(text, plan.status);
        this.endings.set(id, 'refused');
        return;
      }
      this.app.answer(text, plan.status, [typed], sdp);
      const dialog = `${id};from-tag=${/tag=([^;\s]+)/.exec(header(text, 'From'))?.[1] ?? ''}`;
      if (plan.hangsUp === 'callee') this.clock.after(plan.talkMs + 20_000, () => this.bye(id, dialog));
    });
  }

  private response(id: string, status: number, text: string, dialog: string): void {
    const [number, method] = header(text, 'CSeq').split(' ');
    if (status < 200 || method !== 'INVITE') return;
    this.answered.add(id);
    if (status >= 300) {
      if (number === '1') this.endings.set(id, ({ 486: 'refused', 487: 'cancelled' } as const)[status] ?? 'timed out');
      return;
    }
    this.app.say(`sip||${dialog}`, 'ACK sip:placeholder SIP/2.0\r\n\r\n');
    // the answer crossed the CANCEL: the engine hangs up after the ACK
    if (this.cancelled.has(id)) this.endings.set(id, 'cancelled');
    else if (number === '1') this.talk(id, dialog);
  }

  private talk(id: string, dialog: string): void {
    const plan = this.planOf(id);
    const change = ['INVITE sip:placeholder SIP/2.0', typed, '', sdp].join('\r\n');
    if (plan.reinvite) this.clock.after(plan.talkMs / 2, () => this.app.say(`sip||${dialog}`, change));
    if (plan.hangsUp === 'caller') this.clock.after(plan.talkMs, () => this.bye(id, dialog));
  }

  private bye(id: string, dialog: string): void {
    if (this.endings.has(id)) return;
    this.app.say(`sip||${dialog}`, 'BYE sip:placeholder SIP/2.0\r\n\r\n');
    this.endings.set(id, 'talked');
  }

  private cancel(id: string, uri: string): void {
    // what the engine has told is known before it is told something
    this.work();
    if (this.answered.has(id)) return;
    this.cancelled.add(id);
    this.app.say(`sip|${this.transactions.get(id) ?? ''}|`, `CANCEL ${uri} SIP/2.0\r\n\r\n`);
  }

  private planOf(id: string): Plan {
    const plan = this.plans.get(id);
    if (!plan) throw new Error(`no plan for ${id}`);
    return plan;
  }
}

function header(text: string, name: string): string {
  return new RegExp(`^${name}:\\s*(.*?)\\r?$`, 'im').exec(text)?.[1] ?? '';
}
