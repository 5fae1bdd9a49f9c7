/** Object identifiers of H.245 and its companions. */
export const identifiers = {
  /** H.245 version 15, which our tables cover and devices send. */
  protocol: '0.0.8.245.0.15',
  h264: '0.0.8.241.0.0.1',
  h264SingleNal: '0.0.8.241.0.0.0.0',
  h264NonInterleaved: '0.0.8.241.0.0.0.1',
  h264Interleaved: '0.0.8.241.0.0.0.2',
  h239Control: '0.0.8.239.1.1',
  h239ExtendedVideo: '0.0.8.239.1.2',
  h239Messages: '0.0.8.239.2',
  /** H.224 in RTP, H.323 Annex Q. */
  h224: '0.0.8.224.1.0',
  g7221: '0.0.7.7221.1.0',
  g7221c: '0.0.7.7221.1.1.0',
} as const;
