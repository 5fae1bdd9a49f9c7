/** Signs of the roster, drawn so that no font is needed. */
const shapes = {
  speaking: 'M3 9v6h4l5 4V5L7 9H3zm12-1a5 5 0 0 1 0 8m2-11a9 9 0 0 1 0 14',
  presenting: 'M3 4h18v12H3zM9 20h6M12 16v4M9 10l3-3 3 3M12 7v6',
  muted: 'M3 9v6h4l5 4V5L7 9H3zm13 0 5 6m0-6-5 6',
  wish: 'M8 12V5a2 2 0 0 1 4 0v5m0-1a2 2 0 0 1 4 0v2m0 0a2 2 0 0 1 4 0v3a7 7 0 0 1-13 3l-3-5a2 2 0 0 1 4-1',
  recording: 'M12 4a8 8 0 1 0 .01 0M12 9a3 3 0 1 0 .01 0',
  locked: 'M5 11h14v10H5zM8 11V7a4 4 0 0 1 8 0v4',
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
