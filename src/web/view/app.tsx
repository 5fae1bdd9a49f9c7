import { useEffect, useLayoutEffect, useState } from 'preact/hooks';
import { languageFor, say, type Language } from '../i18n.js';
import { Meeting, type JoinWish, type MeetingState } from '../meeting.js';
import type { Notice } from '../notices.js';
import { recall, remember } from '../remember.js';
import { JoinForm } from './join-form.js';
import { Landing } from './landing.js';
import { LanguageContext } from './language.js';
import { RoomView } from './room-view.js';

/** Room and name in the address (`?room=demo&name=Ann`), so that a link leads straight to its door. */
function inAddress(what: 'room' | 'name'): string | null {
  const value = new URLSearchParams(location.search).get(what)?.trim() ?? '';
  return value === '' ? null : value;
}

export function App() {
  const [language, switchLanguage] = useLanguage();
  const [room, go] = useRoomAddress();
  const { stay, notice, join, forget } = useStay();
  useEffect(() => {
    document.title = room === null ? 'Dualstream' : `${room} – Dualstream`;
  }, [room]);
  const visit = (name: string | null): void => {
    forget();
    go(name);
  };
  if (stay?.state.phase === 'in') {
    return (
      <LanguageContext.Provider value={language}>
        <RoomView meeting={stay.meeting} state={stay.state} room={room ?? ''} />
      </LanguageContext.Provider>
    );
  }
  return (
    <LanguageContext.Provider value={language}>
      <div class="page">
        <header class="top">
          <img src="./icon.svg" alt="" width="40" height="40" />
          <h1>Dualstream</h1>
          <button class="quiet" onClick={switchLanguage} lang={language === 'en' ? 'zh-CN' : 'en'}>
            {say(language, 'language')}
          </button>
        </header>
        <main>
          {room === null ? (
            <Landing onJoin={visit} />
          ) : (
            <JoinForm
              room={room}
              suggested={inAddress('name')}
              busy={stay !== null}
              notice={notice ?? stay?.state.notice ?? null}
              onJoin={join}
              onBack={() => visit(null)}
            />
          )}
        </main>
      </div>
    </LanguageContext.Provider>
  );
}

interface Stay {
  meeting: Meeting;
  state: MeetingState;
}

/** The meeting one is in or on the way to, and what the last one ended with. */
function useStay() {
  const [notice, setNotice] = useState<Notice | null>(null);
  const [stay, setStay] = useState<Stay | null>(null);
  const join = (wish: JoinWish): void => {
    setNotice(null);
    const meeting = new Meeting(wish, (state) => {
      if (state.phase !== 'over') return setStay({ meeting, state });
      setNotice(state.notice);
      setStay(null);
    });
    setStay({ meeting, state: meeting.state });
    void meeting.start();
  };
  useFarewell(stay?.meeting ?? null);
  return { stay, notice, join, forget: () => setNotice(null) };
}

function useLanguage(): [Language, () => void] {
  const [language, setLanguage] = useState(() => languageFor(recall('language'), navigator.language));
  useLayoutEffect(() => {
    document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
  }, [language]);
  const next = language === 'en' ? 'zh' : 'en';
  return [
    language,
    () => {
      remember('language', next);
      setLanguage(next);
    },
  ];
}

function useRoomAddress(): [string | null, (room: string | null) => void] {
  const [room, setRoom] = useState(() => inAddress('room'));
  useEffect(() => {
    const onPop = (): void => setRoom(inAddress('room'));
    addEventListener('popstate', onPop);
    return () => removeEventListener('popstate', onPop);
  }, []);
  return [
    room,
    (name) => {
      history.pushState(null, '', name === null ? location.pathname : `?room=${encodeURIComponent(name)}`);
      setRoom(name);
    },
  ];
}

/** Gives the seat back when the page is closed. */
function useFarewell(meeting: Meeting | null): void {
  useEffect(() => {
    const onHide = (): void => meeting?.vanish();
    addEventListener('pagehide', onHide);
    return () => removeEventListener('pagehide', onHide);
  }, [meeting]);
}
