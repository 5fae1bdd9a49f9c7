// Sound that comes: the packets of a socket that go on as the ones before go to the mixer's ring at once, and are told to
// JavaScript later, many at a time.
#pragma once
#include "udp-desk.h"

// Packets told at once.
#define MOST_HEARD 1024
// Two packets of a stream within this time, ms, are some that have waited, and more of them may.
#define SOON 10

// What the next packet of a line is to be like.
typedef struct {
  int slot; // -1: nothing is taken
  uint8_t pt;
  uint16_t seq;
  uint32_t ssrc;
  double last; // when the latest one came, ms
  Address from;
} Intake;

// What came, for all sockets.
typedef struct {
  Ring ring;
  double *told;
  int count;
  // From the system's monotonic clock to that of JavaScript, and from there to that of frames, ms.
  double origin, frame_origin;
} Heard;

static bool same_place(const Address *a, const Address *b) {
  if (a->any.sa_family == AF_INET)
    return a->four.sin_port == b->four.sin_port && a->four.sin_addr.s_addr == b->four.sin_addr.s_addr;
  return a->six.sin6_port == b->six.sin6_port && a->six.sin6_scope_id == b->six.sin6_scope_id &&
         memcmp(&a->six.sin6_addr, &b->six.sin6_addr, sizeof a->six.sin6_addr) == 0;
}

static uint32_t get32(const uint8_t *at) {
  uint32_t value;
  memcpy(&value, at, sizeof value);
  return ntohl(value);
}

static uint16_t get16(const uint8_t *at) {
  return (uint16_t)(at[0] << 8 | at[1]);
}

// Whether that is the packet awaited: version 2 without padding (RFC 3550 §5.1), of the same stream, next in sequence.
static bool is_next(const Intake *intake, const uint8_t *packet, size_t length, const Address *from) {
  return length > RTP_HEADER && (packet[0] & 0xe0) == 0x80 && (packet[1] & 0x7f) == intake->pt &&
         get16(packet + 2) == intake->seq && get32(packet + 8) == intake->ssrc && same_place(from, &intake->from);
}

// Where the payload begins; `length` where there is none.
static size_t payload_of(const uint8_t *packet, size_t length) {
  size_t start = RTP_HEADER + (size_t)(packet[0] & 0x0f) * 4;
  if (packet[0] & 0x10) start = start + 4 > length ? length : start + 4 + (size_t)get16(packet + start + 2) * 4;
  return start < length ? start : length;
}

// Gives a packet that is next to the mixer; false where it has no payload, or there is no place for it.
static bool hear(Heard *heard, Intake *intake, int index, const uint8_t *packet, size_t length, double now) {
  size_t start = payload_of(packet, length);
  if (start == length || length > LONGEST_FRAME || heard->count == MOST_HEARD) return false;
  double at = now + heard->origin;
  Frame frame = {
      .slot = (uint32_t)intake->slot,
      .pt = intake->pt,
      .marker = packet[1] > 0x7f,
      .seq = intake->seq,
      .timestamp = get32(packet + 4),
      .at = at + heard->frame_origin,
      .payload = packet + start,
      .length = (uint32_t)(length - start),
  };
  if (!ring_write(&heard->ring, &frame)) return false;
  const double told[TOLD] = {index, intake->seq++, frame.timestamp, (double)length, at};
  memcpy(heard->told + TOLD * heard->count++, told, sizeof told);
  return true;
}
