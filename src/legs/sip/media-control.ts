/** Body of an INFO that asks for a keyframe (RFC 5168 §5); without stream_id it means the main picture. */
export function pictureFastUpdate(label: string | null): string {
  const stream = label === null ? '' : `<stream_id>${label.replace(/[^\w.-]/g, '')}</stream_id>`;
  return (
    '<?xml version="1.0" encoding="utf-8"?>\r\n' +
    `<media_control><vc_primitive><to_encoder><picture_fast_update/></to_encoder>${stream}</vc_primitive></media_control>\r\n`
  );
}

/** What an INFO with a media_control body asks; null when it is something else. */
export function readMediaControl(contentType: string, body: string): { streamId: string | null } | null {
  if (!/application\/media_control\+xml/i.test(contentType)) return null;
  if (!/<\s*picture_fast_update\s*\/?\s*>/i.test(body)) return null;
  const stream = /<stream_id>\s*([\w.-]{1,32})\s*<\/stream_id>/i.exec(body);
  return { streamId: stream?.[1] ?? null };
}
