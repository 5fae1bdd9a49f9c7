/** Signs of the roster, drawn so that no font is needed. */
const shapes = {
  speaking: 'M3 9v6h4l5 4V5L7 9H3zm12-1a5 5 0 0 1 0 8m2-11a9 9 0 0 1 0 14',
  presenting: 'M3 4h18v12H3zM9 20h6M12 16v4M9 10l3-3 3 3M12 7v6',
  muted: 'M3 9v6h4l5 4V5L7 9H3zm13 0 5 6m0-6-5 6',
} as const;

/** A small picture with words for screen readers. */
export function Sign({ name, text }: { name: keyof typeof shapes; text: string }) {
  return (
    <svg class="sign" role="img" aria-label={text} viewBox="0 0 24 24" width="20" height="20">
      <title>{text}</title>
      <path
        d={shapes[name]}
        fill="none"
        stroke="currentColor"
        stroke-width="2"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  );
}
