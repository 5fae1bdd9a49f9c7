import type { ParticipantSnapshot } from '../../services/api/contract';
import { Sign } from './icons';
import { useWords } from './language';

interface RosterProps {
  people: ParticipantSnapshot[];
  own: number | null;
  mayMute: boolean;
  onMute: (id: number) => void;
}

/** Who is here, who speaks, presents or is muted; in words for screen readers and in signs for the eye. */
export function Roster({ people, own, mayMute, onMute }: RosterProps) {
  const words = useWords();
  return (
    <aside class="roster" aria-label={words('people')}>
      <h2>
        {words('people')} ({people.length})
      </h2>
      <ul>
        {people.map((one) => (
          <li key={one.id} class={one.speaking ? 'speaking' : ''}>
            <span class="who">
              {one.name}
              {one.id === own && <em> ({words('you')})</em>}
            </span>
            <span class="signs">
              {one.speaking && <Sign name="speaking" text={words('speaking')} />}
              {one.presenting && <Sign name="presenting" text={words('presenting')} />}
              {one.muted && <Sign name="muted" text={words('muted')} />}
              {mayMute && one.audio && !one.muted && one.id !== own && (
                <button
                  class="quiet"
                  onClick={() => onMute(one.id)}
                  aria-label={words('muteOther', { name: one.name })}
                >
                  {words('mute')}
                </button>
              )}
            </span>
            {one.problems.map(({ line, reason }) => (
              <small key={line} class="problem">
                {reason}
              </small>
            ))}
          </li>
        ))}
      </ul>
    </aside>
  );
}
