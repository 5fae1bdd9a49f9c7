// Where the mixer thread hands in its frames: those of lines whose stream goes on as it was leave at once by their socket, all
// others go to the ring of the thread that has the sockets. Both threads have the desk, under its lock.
#pragma once
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include "udp-address.h"
#include "udp-ring.h"

#define RTP_HEADER 12
#define OUT (MSG_DONTWAIT | MSG_NOSIGNAL)
// Words before each payload of what the mixer hands in: slot, payload type and marker (256), timestamp, length.
#define STAGED 4
#define LONGEST_FRAME 1500
// Numbers that tell JavaScript of what came, or went, of one socket.
#define TOLD 5
#define FAULTS 8
#define BUCKETS 256

// How frames of one line go out.
typedef struct {
  int fd;
  int slot; // -1: by the ring
  int next; // of the same bucket
  Address to;
  socklen_t length;
  uint32_t ssrc, offset;
  uint16_t seq; // of the last one
  // Since JavaScript was told.
  uint32_t packets, octets, timestamp;
  double at;
} Outlet;

typedef struct Desk {
  struct Desk *next;
  int id;
  pthread_mutex_t lock;
  Ring ring;
  double origin;    // from the system's monotonic clock to that of the thread with the sockets, ms
  Outlet *outlets;  // by index of the socket
  int room;
  int buckets[BUCKETS];
  struct {
    int error;
    uint32_t count;
  } faults[FAULTS];
} Desk;

static pthread_mutex_t desks_lock = PTHREAD_MUTEX_INITIALIZER;
static Desk *desks;
static int last_desk;

static double monotonic_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static Desk *open_desk(const Ring *ring, double origin) {
  Desk *desk = calloc(1, sizeof *desk);
  if (!desk) return NULL;
  pthread_mutex_init(&desk->lock, NULL);
  desk->ring = *ring;
  desk->origin = origin;
  for (int i = 0; i < BUCKETS; i++) desk->buckets[i] = -1;
  pthread_mutex_lock(&desks_lock);
  desk->id = ++last_desk;
  desk->next = desks;
  desks = desk;
  pthread_mutex_unlock(&desks_lock);
  return desk;
}

// The desk, locked; NULL where it is closed.
static Desk *desk_of(int id) {
  pthread_mutex_lock(&desks_lock);
  Desk *desk = desks;
  while (desk && desk->id != id) desk = desk->next;
  if (desk) pthread_mutex_lock(&desk->lock);
  pthread_mutex_unlock(&desks_lock);
  return desk;
}

static void close_desk(Desk *desk) {
  pthread_mutex_lock(&desks_lock);
  for (Desk **at = &desks; *at; at = &(*at)->next)
    if (*at == desk) {
      *at = desk->next;
      break;
    }
  // whoever had it has let go of it
  pthread_mutex_lock(&desk->lock);
  pthread_mutex_unlock(&desk->lock);
  pthread_mutex_unlock(&desks_lock);
  pthread_mutex_destroy(&desk->lock);
  free(desk->outlets);
  free(desk);
}

static bool desk_room(Desk *desk, int index) {
  if (index < desk->room) return true;
  int room = desk->room ? desk->room : 64;
  while (room <= index) room *= 2;
  Outlet *outlets = realloc(desk->outlets, (size_t)room * sizeof *outlets);
  if (!outlets) return false;
  for (int i = desk->room; i < room; i++) outlets[i].slot = -1;
  desk->outlets = outlets;
  desk->room = room;
  return true;
}

static int *bucket_of(Desk *desk, int slot) {
  return &desk->buckets[(unsigned)slot % BUCKETS];
}

static Outlet *outlet_of(Desk *desk, int slot) {
  int at = *bucket_of(desk, slot);
  while (at >= 0 && desk->outlets[at].slot != slot) at = desk->outlets[at].next;
  return at < 0 ? NULL : &desk->outlets[at];
}

static void tell_sent(const Outlet *outlet, int index, double *into) {
  const double told[TOLD] = {index, outlet->packets, outlet->octets, outlet->timestamp, outlet->at};
  memcpy(into, told, sizeof told);
}

// From now on frames of the slot leave here; false while some of them may wait in the ring.
static bool hand_over(Desk *desk, int index, const Outlet *how) {
  pthread_mutex_lock(&desk->lock);
  bool can = ring_empty(&desk->ring) && desk_room(desk, index) && desk->outlets[index].slot < 0 && !outlet_of(desk, how->slot);
  if (can) {
    int *bucket = bucket_of(desk, how->slot);
    desk->outlets[index] = *how;
    desk->outlets[index].next = *bucket;
    *bucket = index;
  }
  pthread_mutex_unlock(&desk->lock);
  return can;
}

// From now on frames of the socket's line go to the ring. Its last sequence number, with what was sent in `told`; or -1.
static int take_back(Desk *desk, int index, double *told) {
  int seq = -1;
  pthread_mutex_lock(&desk->lock);
  if (index >= 0 && index < desk->room && desk->outlets[index].slot >= 0) {
    Outlet *outlet = &desk->outlets[index];
    int *at = bucket_of(desk, outlet->slot);
    while (*at != index) at = &desk->outlets[*at].next;
    *at = outlet->next;
    tell_sent(outlet, index, told);
    seq = outlet->seq;
    outlet->slot = -1;
  }
  pthread_mutex_unlock(&desk->lock);
  return seq;
}

// What was sent since the last time, a line of TOLD each, then what failed (-1, a negative errno, how often). How many lines.
// While frames go out there are none: the thread with the sockets does not wait for figures.
static int departed(Desk *desk, double *into, int most) {
  int n = 0;
  if (pthread_mutex_trylock(&desk->lock) != 0) return 0;
  for (int i = 0; i < desk->room && n < most; i++) {
    Outlet *outlet = &desk->outlets[i];
    if (outlet->slot < 0 || outlet->packets == 0) continue;
    tell_sent(outlet, i, into + TOLD * n++);
    outlet->packets = outlet->octets = 0;
  }
  for (int i = 0; i < FAULTS && n < most && desk->faults[i].count > 0; i++) {
    const double told[TOLD] = {-1, desk->faults[i].error, desk->faults[i].count, 0, 0};
    memcpy(into + TOLD * n++, told, sizeof told);
    desk->faults[i].count = 0;
  }
  pthread_mutex_unlock(&desk->lock);
  return n;
}

static void count_fault(Desk *desk, int error) {
  for (int i = 0; i < FAULTS; i++) {
    if (desk->faults[i].count > 0 && desk->faults[i].error != error) continue;
    desk->faults[i].error = error;
    desk->faults[i].count++;
    return;
  }
}

// Sends a frame whose header takes the place of the words right before its payload.
static void send_frame(Desk *desk, Outlet *outlet, const Frame *frame, uint8_t *packet, double at) {
  uint16_t seq = htons(++outlet->seq);
  outlet->timestamp = outlet->offset + frame->timestamp;
  packet[0] = 0x80;
  packet[1] = (uint8_t)(frame->pt | (frame->marker ? 0x80 : 0));
  memcpy(packet + 2, &seq, sizeof seq);
  put32(packet + 4, outlet->timestamp);
  put32(packet + 8, outlet->ssrc);
  outlet->packets++;
  outlet->octets += frame->length;
  outlet->at = at;
  ssize_t sent;
  do sent = sendto(outlet->fd, packet, RTP_HEADER + frame->length, OUT, &outlet->to.any, outlet->length);
  while (sent < 0 && errno == EINTR);
  if (sent < 0) count_fault(desk, -errno);
}

// Sends what the mixer has made, `words` words of it. How many frames lie in the ring now; `lost`: those it had no place for.
static int hand_in(Desk *desk, uint32_t *staged, size_t words, uint32_t *lost) {
  double at = monotonic_ms() + desk->origin;
  int ringed = 0;
  *lost = 0;
  for (size_t i = 0; i + STAGED <= words;) {
    uint32_t *line = staged + i;
    Frame frame = {.slot = line[0], .pt = line[1] & 0x7f, .marker = line[1] >= 256, .timestamp = line[2], .length = line[3]};
    frame.payload = (const uint8_t *)(line + STAGED);
    i += STAGED + (frame.length + 3) / 4;
    if (frame.length > LONGEST_FRAME || i > words) break;
    Outlet *outlet = outlet_of(desk, (int)frame.slot);
    if (outlet) send_frame(desk, outlet, &frame, (uint8_t *)(line + STAGED) - RTP_HEADER, at);
    else if (ring_write(&desk->ring, &frame)) ringed++;
    else ++*lost;
  }
  return ringed;
}
