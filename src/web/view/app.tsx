import { useEffect, useState } from 'preact/hooks';
import { initialLanguage, say, type Language } from '../i18n';
import { Meeting, type JoinWish, type MeetingState, type Notice } from '../meeting';
import { JoinForm } from './join-form';
import { Landing } from './landing';
import { LanguageContext } from './language';
import { RoomView } from './room-view';

/** Room in the address (`?room=demo`), so that a link leads straight to its door. */
function roomInAddress(): string | null {
  return new URLSearchParams(location.search).get('room');
}

export function App() {
  const [language, setLanguage] = useState<Language>(initialLanguage);
  const [room, setRoom] = useState<string | null>(roomInAddress);
  const [meeting, setMeeting] = useState<Meeting | null>(null);
  const [state, setState] = useState<MeetingState | null>(null);
  const [notice, setNotice] = useState<Notice | null>(null);

  useEffect(() => {
    document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
  }, [language]);

  useEffect(() => {
    const onPop = (): void => setRoom(roomInAddress());
    addEventListener('popstate', onPop);
    return () => removeEventListener('popstate', onPop);
  }, []);

  const go = (name: string | null): void => {
    history.pushState(null, '', name === null ? location.pathname : `?room=${encodeURIComponent(name)}`);
    setNotice(null);
    setRoom(name);
  };

  const join = (wish: JoinWish): void => {
    setNotice(null);
    const next = new Meeting(wish, (changed) => {
      setState(changed);
      if (changed.phase !== 'over') return;
      setNotice(changed.notice);
      setMeeting(null);
      setState(null);
    });
    setMeeting(next);
    setState(next.state);
    void next.start();
  };

  const switchLanguage = (): void => {
    const next = language === 'en' ? 'zh' : 'en';
    localStorage.setItem('language', next);
    setLanguage(next);
  };

  const inRoom = meeting !== null && state !== null && state.phase === 'in';
  return (
    <LanguageContext.Provider value={language}>
      {inRoom ? (
        <RoomView meeting={meeting} state={state} />
      ) : (
        <main class="page">
          <header class="top">
            <img src="./icon.svg" alt="" width="40" height="40" />
            <h1>Dualstream</h1>
            <button class="quiet" onClick={switchLanguage} lang={language === 'en' ? 'zh-CN' : 'en'}>
              {say(language, 'language')}
            </button>
          </header>
          {room === null ? (
            <Landing onJoin={go} />
          ) : (
            <JoinForm room={room} busy={meeting !== null} notice={notice} onJoin={join} onBack={() => go(null)} />
          )}
        </main>
      )}
    </LanguageContext.Provider>
  );
}
