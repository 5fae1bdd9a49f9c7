import { useState } from 'preact/hooks';
import type { FloorPolicyName, FloorTicketSnapshot, ParticipantSnapshot } from '../../services/api/contract.js';
import type { Meeting, MeetingState } from '../meeting.js';
import { Called, CallSomebody } from './calls.js';
import { DiagnosisButton } from './diagnosis.js';
import { Sign } from './icons.js';
import { useWords } from './language.js';
import type { Word } from '../i18n.js';
import { useAdmin } from './use-admin.js';

interface RosterProps {
  meeting: Meeting;
  state: MeetingState;
  room: string;
}

/** Who is here, who speaks, presents or is muted; in words for screen readers and in signs for the eye. */
export function Roster({ meeting, state, room }: RosterProps) {
  const words = useWords();
  const people = state.room?.participants ?? [];
  const calls = state.room?.calls ?? [];
  const moderator = state.you?.role === 'moderator';
  const admin = useAdmin();
  const { holder = null, waiting = [], policy = 'latest-takes-over' } = state.room?.floor ?? {};
  const queue: Queue = { taken: holder !== null, length: waiting.filter(({ state }) => state === 'accepted').length };
  return (
    <section class="roster" aria-label={words('people')}>
      <RoomHead meeting={moderator ? meeting : null} state={state} room={room} />
      {moderator && <PolicyChoice policy={policy} meeting={meeting} />}
      <h2>
        {words('people')} ({people.length})
      </h2>
      <ul>
        {people.map((one) => (
          <Person
            key={one.id}
            one={one}
            own={one.id === state.you?.id}
            wish={waiting.find(({ who }) => who === one.id) ?? null}
            holds={holder?.who === one.id ? holder : null}
            queue={queue}
            appoints={policy === 'presenters-only'}
            meeting={moderator ? meeting : null}
            diagnosed={admin ? room : null}
          />
        ))}
        {calls.map((one) => (
          <Called key={`call${one.id}`} one={one} meeting={moderator ? meeting : null} />
        ))}
      </ul>
      {moderator && <CallSomebody meeting={meeting} />}
    </section>
  );
}

/** What the room is called and how it is, which moderators may change. */
function RoomHead({ meeting, state, room }: Omit<RosterProps, 'meeting'> & { meeting: Meeting | null }) {
  const words = useWords();
  const locked = state.room?.locked ?? false;
  const recording = state.room?.recording ?? null;
  return (
    <>
      <h1>
        {room} {locked && <Sign name="locked" text={words('locked')} />}
        {recording && (
          <Sign name="recording" text={words(recording.state === 'paused' ? 'recordingPaused' : 'recorded')} />
        )}
      </h1>
      {meeting && (
        <button class="quiet" onClick={() => void meeting.lock(!locked)}>
          {words(locked ? 'unlock' : 'lock')}
        </button>
      )}
      {meeting && (
        <button class="quiet" onClick={() => void meeting.record(recording ? 'stop' : 'start')}>
          {words(recording ? 'recordStop' : 'record')}
        </button>
      )}
    </>
  );
}

/** Those who present one after the other; `taken` says that somebody does now. */
interface Queue {
  taken: boolean;
  length: number;
}

interface PersonProps {
  one: ParticipantSnapshot;
  own: boolean;
  /** Waits for the floor with this request. */
  wish: FloorTicketSnapshot | null;
  holds: FloorTicketSnapshot | null;
  queue: Queue;
  /** Only presenters may share here. */
  appoints: boolean;
  /** Given to moderators only. */
  meeting: Meeting | null;
  /** Its room, given to administrators only. */
  diagnosed: string | null;
}

const policies: Record<FloorPolicyName, Word> = {
  'latest-takes-over': 'policyLatest',
  'first-keeps-it': 'policyFirst',
  'ask-moderator': 'policyAsk',
  'presenters-only': 'policyPresenters',
};

/** Who may present, chosen by a moderator. */
function PolicyChoice({ policy, meeting }: { policy: FloorPolicyName; meeting: Meeting }) {
  const words = useWords();
  return (
    <label class="policy">
      {words('policy')}
      <select
        value={policy}
        onChange={({ currentTarget }) => void meeting.setPolicy(currentTarget.value as FloorPolicyName)}
      >
        {Object.entries(policies).map(([name, word]) => (
          <option key={name} value={name}>
            {words(word)}
          </option>
        ))}
      </select>
    </label>
  );
}

function Person({ diagnosed, ...person }: PersonProps) {
  const { one, own, wish, appoints, meeting } = person;
  const words = useWords();
  return (
    <li class={one.speaking ? 'speaking' : ''}>
      <span class="who">
        {one.name}
        {own && <em> ({words('you')})</em>}
      </span>
      <span class="signs">
        {one.speaking && <Sign name="speaking" text={words('speaking')} />}
        {one.presenting && <Sign name="presenting" text={words('presenting')} />}
        {wish && (
          <Sign
            name="wish"
            text={words(wish.state === 'accepted' ? 'queued' : 'wantsFloor', { place: String(wish.position) })}
          />
        )}
        {wish && <span aria-hidden="true">{wish.position}</span>}
        {(one.sees.main?.low || one.sees.content?.low) && <small>{words('lowPicture')}</small>}
        {one.transcoded.length > 0 && <small>{words('transcoded')}</small>}
        {appoints && one.presenter && <small>{words('presenter')}</small>}
        {one.muted && <Sign name="muted" text={words('muted')} />}
      </span>
      {meeting && <Moderation {...person} meeting={meeting} />}
      {diagnosed !== null && <DiagnosisButton one={one} room={diagnosed} />}
      {one.problems.map(({ line, reason }) => (
        <small key={line} class="problem">
          {reason}
        </small>
      ))}
    </li>
  );
}

function quiet(text: string, label: string, act: () => void) {
  return (
    <button class="quiet" aria-label={label} onClick={act}>
      {text}
    </button>
  );
}

type ModerationProps = Omit<PersonProps, 'diagnosed'> & { meeting: Meeting };

function Moderation(props: ModerationProps) {
  const { one, own, wish, holds, appoints, meeting } = props;
  const words = useWords();
  const { name } = one;
  return (
    <span class="moderation">
      {wish && <Decision {...props} wish={wish} />}
      {holds &&
        !own &&
        quiet(words('stopShare'), words('revokeFloor', { name }), () => void meeting.moderateFloor('revoke', holds.id))}
      {appoints &&
        one.role !== 'moderator' &&
        quiet(
          words(one.presenter ? 'presenterNot' : 'presenterMake'),
          words(one.presenter ? 'presenterNotWho' : 'presenterMakeWho', { name }),
          () => void meeting.setPresenter(one.id, !one.presenter),
        )}
      {one.audio &&
        !one.muted &&
        !own &&
        quiet(words('mute'), words('muteOther', { name }), () => void meeting.mute(one.id, true))}
      {!own && <RemoveButton name={name} onRemove={() => void meeting.remove(one.id)} />}
    </span>
  );
}

/** What becomes of a wish. Queueing is for while somebody presents: on a free floor it would be granting. */
function Decision({ one, wish, queue, meeting }: ModerationProps & { wish: FloorTicketSnapshot }) {
  const words = useWords();
  const { name } = one;
  const { id, state, position } = wish;
  const accept = (place?: number): void => void meeting.moderateFloor('accept', id, place);
  const waits = state === 'accepted';
  return (
    <>
      {quiet(words('grant'), words('grantFloor', { name }), () => void meeting.moderateFloor('grant', id))}
      {!waits && queue.taken && quiet(words('queue'), words('queueFloor', { name }), () => accept())}
      {waits && position > 1 && quiet(words('sooner'), words('soonerFloor', { name }), () => accept(position - 1))}
      {waits &&
        position < queue.length &&
        quiet(words('later'), words('laterFloor', { name }), () => accept(position + 1))}
      {quiet(words('deny'), words('denyFloor', { name }), () => void meeting.moderateFloor('deny', id))}
    </>
  );
}

/** Asks back once, in its own place, before it puts somebody out. */
function RemoveButton({ name, onRemove }: { name: string; onRemove: () => void }) {
  const words = useWords();
  const [sure, setSure] = useState(false);
  return (
    <button
      class={sure ? 'quiet danger' : 'quiet'}
      aria-label={words(sure ? 'removeSure' : 'removeOther', { name })}
      onClick={() => (sure ? onRemove() : setSure(true))}
      onBlur={() => setSure(false)}
    >
      {words(sure ? 'removeYes' : 'remove')}
    </button>
  );
}
