import { useEffect, useRef, useState } from 'preact/hooks';
import type {
  CallDiagnosis,
  ExchangeSnapshot,
  LineSnapshot,
  ParticipantSnapshot,
  SoundCallSnapshot,
} from '../../services/api/contract.js';
import { api } from '../api.js';
import { noticeOf, type Notice } from '../notices.js';
import { useNotice, useWords } from './language.js';

/** How often it is asked again while it is open, milliseconds. */
const again = 2000;

/** For administrators: how somebody's call was agreed and goes, and its messages as a file. */
export function DiagnosisButton({ one, room }: { one: ParticipantSnapshot; room: string }) {
  const words = useWords();
  const [open, setOpen] = useState(false);
  return (
    <>
      <button class="quiet" aria-label={words('diagnosisOf', { name: one.name })} onClick={() => setOpen(true)}>
        {words('diagnosis')}
      </button>
      {open && <Diagnosis one={one} room={room} onClose={() => setOpen(false)} />}
    </>
  );
}

function Diagnosis({ one, room, onClose }: { one: ParticipantSnapshot; room: string; onClose: () => void }) {
  const words = useWords();
  const inWords = useNotice();
  const dialog = useRef<HTMLDialogElement>(null);
  const path = `/rooms/${encodeURIComponent(room)}/participants/${one.id}`;
  const { call, problem } = useDiagnosis(`${path}/diagnosis`);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="card settings diagnosis" aria-labelledby="diagnosis-title" onClose={onClose}>
      <h2 id="diagnosis-title">{words('diagnosisOf', { name: one.name })}</h2>
      {problem && <p role="alert">{inWords(problem)}</p>}
      {call && <Facts call={call} />}
      {call && <Messages said={call.messages} />}
      {call?.exchanges.map((one, index) => (
        <ExchangeDetails key={index} one={one} />
      ))}
      <p>
        <a href={`/api/v1${path}/capture.pcapng`} download>
          {words('capture')}
        </a>
      </p>
      <button class="primary" onClick={() => dialog.current?.close()}>
        {words('close')}
      </button>
    </dialog>
  );
}

function useDiagnosis(path: string): { call: CallDiagnosis | null; problem: Notice | null } {
  const [call, setCall] = useState<CallDiagnosis | null>(null);
  const [problem, setProblem] = useState<Notice | null>(null);
  useEffect(() => {
    const ask = (): void => {
      api<CallDiagnosis>('GET', path).then(
        (found) => {
          setCall(found);
          setProblem(null);
        },
        (error: unknown) => setProblem(noticeOf(error)),
      );
    };
    ask();
    const timer = setInterval(ask, again);
    return () => clearInterval(timer);
  }, [path]);
  return { call, problem };
}

/** In the words of the standards, which are the same in every language. */
function Facts({ call }: { call: CallDiagnosis }) {
  const { content, lines, notes } = call;
  const rows: [term: string, text: string][] = [
    ['Call-ID', call.callId],
    [protocolNames[call.protocol], `${call.transport} ${call.peer} ${call.agent}`],
    ['from', call.from],
    ['to', call.to],
    ['device', call.device ?? 'not known: gets the standard'],
    ...lines.map((line): [string, string] => [line.line, lineText(line)]),
    ['content', content ? `${content.way}${content.why === null ? '' : `: ${content.why}`}` : '-'],
    ...(call.protocol === 'sip' ? floorRows(call) : []),
    ...call.sound.map((one): [string, string] => [`FreeSWITCH ${one.server}`, soundText(one)]),
    ...notes.map(({ at, what }): [string, string] => [timeOf(at), what]),
  ];
  return (
    <dl lang="en">
      {rows.map(([term, text], index) => (
        <div key={index}>
          <dt>{term}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  );
}

const protocolNames = { sip: 'SIP', h323: 'H.323' } as const;

/** H.323 has its token of H.239 in its messages instead. */
function floorRows({ floor, bfcp }: CallDiagnosis): [term: string, text: string][] {
  const hello = bfcp.helloFromPeer ?? bfcp.helloAnswered;
  return [
    [
      'BFCP',
      floor
        ? `${floor.transport} v${floor.version}, we are ${floor.weAre}, ${floor.channel ?? '-'}`
        : 'not in the description',
    ],
    ['Hello', hello === null ? 'not seen' : timeOf(hello)],
    ['floor', bfcp.last ? `${timeOf(bfcp.last.at)} ${bfcp.last.by}: ${bfcp.last.what}` : '-'],
  ];
}

/** Every message, in words: an arrow to the right is ours. */
function Messages({ said }: { said: CallDiagnosis['messages'] }) {
  return (
    <details lang="en">
      <summary>{`${said.length} messages`}</summary>
      <ol class="messages">
        {said.map(({ at, by, what }, index) => (
          <li key={index}>{`${at.slice(11, 23)} ${by === 'us' ? '→' : '←'} ${what}`}</li>
        ))}
      </ol>
    </details>
  );
}

/** An offer with its answer, as far as it is about floor control and content. */
function ExchangeDetails({ one }: { one: ExchangeSnapshot }) {
  const { at, offeredBy, offered, answered, status } = one;
  const text = (sections: string[][]): string => sections.map((lines) => lines.join('\n')).join('\n\n') || '-';
  return (
    <details lang="en">
      <summary>{`${timeOf(at)} offer of ${offeredBy}${status === null ? '' : `, ${status}`}`}</summary>
      <pre>{text(offered)}</pre>
      <p>answer</p>
      <pre>{answered === null ? '-' : text(answered)}</pre>
    </details>
  );
}

function lineText({ direction, sends, held, shows }: LineSnapshot): string {
  const mode = sends && sends.packetizationMode !== null ? ` mode ${sends.packetizationMode}` : '';
  const codec = sends ? `${sends.codec}${mode}, ` : '';
  return `${codec}${direction}${held ? ', held' : ''}${shows ? `, ${shows.low ? 'low ' : ''}${shows.what} of ${shows.from}` : ''}`;
}

function soundText({
  state,
  conference,
  member,
  channel,
  codec,
  converted,
  direction,
  ...rest
}: SoundCallSnapshot): string {
  const at = `${timeOf(rest.startedAt)} ${state}${rest.endedAt === null ? '' : ` ${timeOf(rest.endedAt)}: ${rest.why}`}`;
  const who = `${conference}${member === null ? '' : `, member ${member}`}, channel ${channel}`;
  return `${at}; ${who}; ${codec}${converted ? ' (converted)' : ''} ${direction}`;
}

function timeOf(iso: string): string {
  return iso.slice(11, 19);
}
