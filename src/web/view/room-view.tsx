import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Meeting, MeetingState } from '../meeting.js';
import type { Word } from '../i18n.js';
import { recall, remember } from '../remember.js';
import { ownSeat } from '../room-state.js';
import { Controls } from './controls.js';
import { DemoSystem } from './demo-system.js';
import { useAbout } from './insecure.js';
import { useNotice, useWords } from './language.js';
import { Picture, Sound } from './picture.js';
import { Roster } from './roster.js';
import { Settings } from './settings.js';

interface RoomViewProps {
  meeting: Meeting;
  state: MeetingState;
  room: string;
}

/** The room: content large when there is some, the speaker beside it, people, and what one can do. */
export function RoomView({ meeting, state, room }: RoomViewProps) {
  const words = useWords();
  const stage = useRef<HTMLElement>(null);
  const about = useAbout();
  const [settings, setSettings] = useState(false);
  const [shortcuts, setShortcuts] = useState(recall('shortcuts') !== 'off');
  const fullScreen = (): void => {
    if (document.fullscreenElement) void document.exitFullscreen();
    else void stage.current?.requestFullscreen();
  };
  useKeys(shortcuts && !settings, {
    m: () => void meeting.toggleMic(),
    v: () => void meeting.toggleCamera(),
    s: () => meeting.toggleShare(),
    f: fullScreen,
    l: () => void meeting.leave(),
  });
  useEffect(() => stage.current?.focus(), []);

  return (
    <div class="room">
      <Stage state={state} room={room} stage={stage} />
      <aside class="side">
        <Roster meeting={meeting} state={state} room={room} />
        {state.room?.name === 'demo' && about?.demo && <DemoSystem />}
      </aside>
      <Status state={state} />
      <Controls
        meeting={meeting}
        state={state}
        keys={shortcuts}
        onFullScreen={fullScreen}
        onSettings={() => setSettings(true)}
      />
      {settings && (
        <Settings
          meeting={meeting}
          permission={`${state.micOn} ${state.cameraOn}`}
          shortcuts={shortcuts}
          onShortcuts={(on) => {
            remember('shortcuts', on ? 'on' : 'off');
            setShortcuts(on);
          }}
          onClose={() => setSettings(false)}
        />
      )}
      <Sound stream={state.audio} blockedText={words('playSound')} />
    </div>
  );
}

interface StageProps {
  state: MeetingState;
  room: string;
  stage: RefObject<HTMLElement | null>;
}

function Stage({ state, room, stage }: StageProps) {
  const words = useWords();
  const inWords = useNotice();
  const sees = ownSeat(state)?.sees;
  const nameOf = (id: number | undefined): string => state.room?.participants.find((one) => one.id === id)?.name ?? '';
  const speaker = nameOf(sees?.main?.from);
  const wish = state.room?.floor.waiting.find(({ who }) => who === state.you?.id);
  return (
    <main
      class={shownContent(state) ? 'stage with-content' : 'stage'}
      ref={stage}
      tabIndex={-1}
      aria-label={`${words('room')} ${room}`}
    >
      <SharedPicture state={state} />
      {state.room?.recording?.state === 'running' && <p class="recorded">{words('recorded')}</p>}
      {wish && (
        <p class="place" role="status">
          {words('waitingPlace', { place: String(wish.position) })}
        </p>
      )}
      <Picture
        stream={state.main}
        class={sees?.main ? 'main' : 'main empty'}
        id="main-picture"
        label={speaker === '' ? words('nobody') : speaker}
      />
      {state.own && (
        <Picture
          stream={state.own}
          class={state.cameraOn ? 'own' : 'own off'}
          id="own-picture"
          mirrored
          label={words('ownPicture')}
        />
      )}
      {state.interrupted && (
        <p class="interrupted" role="alert">
          {words('tryingAgain', { reason: inWords(state.interrupted) })}
        </p>
      )}
    </main>
  );
}

function SharedPicture({ state }: { state: MeetingState }) {
  const words = useWords();
  const shown = shownContent(state);
  if (!shown) return null;
  const { name } = shown;
  return (
    <Picture
      stream={state.content}
      class="content"
      id="content-picture"
      label={words('contentOf', { name })}
      mark={shown.mark && words(shown.mark, { name })}
    />
  );
}

/** Whose content is seen, and why it stands still. Who lost its connection is awaited: its last picture stays meanwhile. */
function shownContent(state: MeetingState): { name: string; mark: Word | null } | null {
  const { participants = [], floor: { holder = null } = {} } = state.room ?? {};
  const awaited = holder?.away && holder.who !== state.you?.id ? holder.who : undefined;
  const from = ownSeat(state)?.sees.content?.from ?? awaited;
  if (from === undefined) return null;
  const name = participants.find(({ id }) => id === from)?.name ?? holder?.name ?? '';
  return { name, mark: holder?.away ? 'awayMark' : holder?.paused ? 'pausedMark' : null };
}

/** What is to be said now; and, for those who do not see the roster, what changed in it. */
function Status({ state }: { state: MeetingState }) {
  const words = useWords();
  const inWords = useNotice();
  const holder = state.room?.floor.holder ?? null;
  const presenter = holder && holder.who !== state.you?.id ? words('presentsNow', { name: holder.name }) : '';
  return (
    <>
      <p class="status" role="status">
        {state.notice ? inWords(state.notice) : presenter}
      </p>
      <p class="only-heard" aria-live="polite">
        {state.announcement ? inWords(state.announcement) : ''}
      </p>
    </>
  );
}

/** Single-letter shortcuts: not while typing, not with modifier keys, and only when wanted (WCAG 2.1.4). */
function useKeys(on: boolean, keys: Record<string, () => void>): void {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    if (!on) return undefined;
    const onKey = (event: KeyboardEvent): void => {
      const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
      if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || typing) return;
      latest.current[event.key.toLowerCase()]?.();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [on]);
}
