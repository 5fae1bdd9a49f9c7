import type { PictureTarget } from '../../media/transcode-target.js';
import type { TranscodeJob } from '../../rooms/transcoder.js';
import type { H264Format, OtherVideoFormat, VideoCodecName, VideoFormat } from '../../media/vocabulary.js';

/** Where everything happens. */
export const LOOPBACK = '127.0.0.1';

/** Longest RTP payload of the encoders, and what a packet may have, bytes. */
const PIECE = 1200;
const PACKET = 1300;
/** A keyframe every so many seconds, besides those that somebody needs. */
const KEY_SECONDS = 10;
/** The same where those that somebody needs are not seen. */
const BLIND_KEY_SECONDS = 1;

/** Where ffmpeg listens, what it sends from, and where to; RTCP has the ports above the first two. */
export interface FfmpegPorts {
  listen: number;
  from: number;
  rtp: number;
  rtcp: number;
}

/** What ffmpeg is told; the description of what it gets stands in the command itself. */
export function argumentsOf({ from, to }: Pick<TranscodeJob, 'from' | 'to'>, ports: FfmpegPorts): string[] {
  const words = [
    '-hide_banner -nostdin -loglevel error -protocol_whitelist data,udp,rtp',
    '-flags low_delay -fpsprobesize 0 -analyzeduration 0 -max_delay 0 -reorder_queue_size 0 -threads 1',
    `-f sdp -i data:application/sdp;base64,${Buffer.from(describe(from, ports.listen)).toString('base64')}`,
    `-an -vf ${shapeOf(from)}${pictureOf(to)} -r ${to.fps} -fps_mode vfr -force_key_frames ${keyframesOf(from)}`,
    `${encoderOf(to)} -pix_fmt yuv420p -threads 1 -g ${KEY_SECONDS * to.fps}`,
    `-b:v ${to.kbps}k -maxrate ${to.kbps}k -bufsize ${to.kbps}k`,
    `-f rtp -payload_type ${numberOf(to.codec)} ${packetsOf(to.codec)}`,
    `rtp://${LOOPBACK}:${ports.rtp}?rtcpport=${ports.rtcp}&localrtpport=${ports.from}&localrtcpport=${ports.from + 1}&pkt_size=${PACKET}`,
  ];
  return words.join(' ').split(/ +/);
}

/**
 * The keyframes of the source become keyframes, also those of pictures that are left out to keep the rate. Of H.261 ffmpeg
 * does not know which they are: then they come by the clock, since they cannot be asked for.
 */
function keyframesOf(from: VideoCodecName): string {
  return from === 'H261' ? `expr:gte(t,n_forced*${BLIND_KEY_SECONDS})` : 'source_no_drop';
}

/** The payload format of one end: of what ffmpeg gets (`mode` 1), or gives (`mode` 0). */
export function formatOf(codec: VideoCodecName, mode: 0 | 1): VideoFormat {
  const limits = { maxMbps: 2_073_600, maxFs: 36_864, maxBr: 240_000 };
  const common = { kind: 'video', pt: numberOf(codec), clock: 90_000 } as const;
  if (codec !== 'H264') return { ...common, name: codec, params: {}, ...limits } satisfies OtherVideoFormat;
  const profile = { profileIdc: mode === 1 ? 0x64 : 0x42, profileIop: mode === 1 ? 0 : 0xe0 };
  const level = { levelIdc: 0x34, levelAsymmetry: true };
  return { ...common, name: 'H264', mode, ...profile, ...level, ...limits, parameterSets: [] } satisfies H264Format;
}

function numberOf(codec: VideoCodecName): number {
  if (codec === 'H261') return 31;
  return codec === 'H263' ? 34 : 96;
}

/**
 * Always of one size, with bars where its shape is another: sources change theirs while they run, encoders cannot. The
 * picture elements of H.263 and H.261 are 12:11.
 */
function pictureOf({ codec, width, height }: PictureTarget): string {
  const [wide, high] = codec.startsWith('H263') || codec === 'H261' ? [12, 11] : [1, 1];
  const w = `trunc(min(${width},${height}*dar*${high}/${wide})/2)*2`;
  const h = `trunc(min(${height},${width}*${wide}/${high}/dar)/2)*2`;
  return `scale='${w}':'${h}',setsar=${wide}/${high},pad=${width}:${height}:-1:-1`;
}

/** What ffmpeg does not know of pictures of H.261. */
function shapeOf(from: VideoCodecName): string {
  return from === 'H261' ? 'setsar=12/11,' : '';
}

function encoderOf({ codec, fps }: PictureTarget): string {
  switch (codec) {
    case 'H264': {
      const x264 = `scenecut=0:slice-max-size=${PIECE}:repeat-headers=1:keyint=${KEY_SECONDS * fps}`;
      return `-c:v libx264 -preset ultrafast -tune zerolatency -profile:v baseline -x264-params ${x264}`;
    }
    case 'VP8':
      return '-c:v libvpx -deadline realtime -cpu-used 8 -lag-in-frames 0 -error-resilient default -static-thresh 100';
    case 'H265':
      return '-c:v libx265 -preset ultrafast -tune zerolatency -x265-params repeat-headers=1:scenecut=0:bframes=0:pools=none:frame-threads=1:log-level=error';
    case 'H263':
      return `-c:v h263 -mb_info ${PIECE}`;
    case 'H263-1998':
    case 'H263-2000':
      return `-c:v h263p -ps ${PIECE}`;
    case 'H261':
      return '-c:v h261';
  }
}

function packetsOf(codec: VideoCodecName): string {
  if (codec === 'H264') return '-rtpflags h264_mode0';
  // its pieces of a group of blocks have the header of a whole one, which decoders of the joined stream do not look at
  if (codec === 'H261') return '-f_strict experimental';
  return codec === 'H263' ? '-rtpflags rfc2190' : '';
}

function describe(codec: VideoCodecName, port: number): string {
  const number = numberOf(codec);
  return [
    'v=0',
    `o=- 0 0 IN IP4 ${LOOPBACK}`,
    's=-',
    `c=IN IP4 ${LOOPBACK}`,
    't=0 0',
    `m=video ${port} RTP/AVP ${number}`,
    `a=rtpmap:${number} ${codec}/90000`,
    ...(codec === 'H264' ? [`a=fmtp:${number} packetization-mode=1`] : []),
    '',
  ].join('\r\n');
}
