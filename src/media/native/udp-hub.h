// The sockets of the udp module: bound, watched, read and written.
#pragma once
#include <node_api.h>
#include <sys/epoll.h>
#include <unistd.h>
#include "udp-desk.h"
#include "udp-intake.h"

#define SLOT 65536
#define LINE 8
// Numbers before the address in what a packet of sound is to be like.
#define LIKE 6
// Datagrams in one call of JavaScript, and such calls before the loop has its turn.
#define BATCH 32
#define ROUNDS 8
// Where datagrams come faster than one wake-up in this time, they are waited for together as long, ms.
#define PAUSE 3
// Datagrams taken from one socket at once.
#define BURST 16
// Datagrams sent at once: a picture of several packets to everybody in a room.
#define MOST_OUT 256
#define RECEIVE_BUFFER (1 << 20)

// Of libuv 1.x, which the program has in it: its header is not everywhere.
typedef struct uv_poll_s uv_poll_t;
typedef struct uv_timer_s uv_timer_t;
extern size_t uv_handle_size(int type);
extern void *uv_handle_get_data(const void *handle);
extern void uv_handle_set_data(void *handle, void *data);
extern int uv_poll_init(struct uv_loop_s *loop, uv_poll_t *handle, int fd);
extern int uv_poll_start(uv_poll_t *handle, int events, void (*callback)(uv_poll_t *, int, int));
extern int uv_poll_stop(uv_poll_t *handle);
extern int uv_timer_init(struct uv_loop_s *loop, uv_timer_t *handle);
extern int uv_timer_start(uv_timer_t *handle, void (*callback)(uv_timer_t *), uint64_t timeout, uint64_t repeat);
extern uint64_t uv_now(const struct uv_loop_s *loop);
extern void uv_close(void *handle, void (*callback)(void *));
extern void uv_ref(void *handle);
extern void uv_unref(void *handle);
#define UV_POLL 8
#define UV_TIMER 13
#define UV_READABLE 1

typedef struct {
  int fd; // -1 where there is none
  int family;
  int burst;
  int last; // of its datagrams that are being sent, while they are sorted
  int next; // where there is none: the next index without one
  Intake intake;
} Socket;

enum { INBOX, ARRIVALS, OUTBOX, DEPARTURES, ARRIVED, KEPT };
enum { TO_MIXER, FROM_MIXER, TOLD_OF, SHARED };

typedef struct {
  napi_env env;
  napi_async_cleanup_hook_handle hook;
  // Held while there are sockets; else they live as long as the hub is known to JavaScript.
  napi_ref kept[KEPT];
  // Of the short way of sound, where there is one.
  napi_ref shared[SHARED];
  Desk *desk;
  Heard heard;
  uint8_t *inbox, *outbox;
  size_t outbox_length;
  int32_t *arrivals, *departures;
  int epoll;
  uv_poll_t *poll;
  uv_timer_t *timer;
  struct uv_loop_s *loop;
  // When the loop was last woken, by its clock, ms.
  uint64_t woken;
  int handles;
  bool closed;
  bool forgotten;
  bool draining;
  // Datagrams that went the short way in this turn.
  int taken;
  Socket *sockets;
  int room, open;
  // Indices to use again; those closed while datagrams are told, only when nothing that came for them is left.
  int spare, late;
  struct mmsghdr in[BATCH];
  struct iovec in_vector[BATCH];
  Address from[BATCH];
} Hub;

static void hold(Hub *hub, bool on) {
  uint32_t count;
  for (int i = 0; i < KEPT; i++)
    if (on) napi_reference_ref(hub->env, hub->kept[i], &count);
    else napi_reference_unref(hub->env, hub->kept[i], &count);
  void (*change)(void *) = on ? uv_ref : uv_unref;
  change(hub->poll);
  change(hub->timer);
}

static Socket *socket_at(Hub *hub, int index) {
  return index >= 0 && index < hub->room && hub->sockets[index].fd >= 0 ? &hub->sockets[index] : NULL;
}

static bool more_room(Hub *hub) {
  int room = hub->room ? 2 * hub->room : 64;
  Socket *sockets = realloc(hub->sockets, (size_t)room * sizeof *sockets);
  if (!sockets) return false;
  for (int i = room - 1; i >= hub->room; i--) {
    sockets[i] = (Socket){.fd = -1, .last = -1, .next = hub->spare, .intake.slot = -1};
    hub->spare = i;
  }
  hub->sockets = sockets;
  hub->room = room;
  return true;
}

// A bound socket, or a negative errno.
static int bound(const Address *at, socklen_t length) {
  int family = at->any.sa_family, one = 1, size = RECEIVE_BUFFER;
  int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  bool failed = family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one) != 0;
  failed = failed || setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size) != 0;
  if (!failed && bind(fd, &at->any, length) == 0) return fd;
  int fault = errno;
  close(fd);
  return -fault;
}

static int add(Hub *hub, int fd, int family) {
  if (hub->spare < 0 && !more_room(hub)) return -ENOMEM;
  int index = hub->spare;
  struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)index};
  if (epoll_ctl(hub->epoll, EPOLL_CTL_ADD, fd, &event) != 0) return -errno;
  hub->spare = hub->sockets[index].next;
  hub->sockets[index] = (Socket){.fd = fd, .family = family, .burst = 1, .last = -1, .intake.slot = -1};
  if (hub->open++ == 0) hold(hub, true);
  return index;
}

static void remove_socket(Hub *hub, int index) {
  int *list = hub->draining ? &hub->late : &hub->spare;
  double told[TOLD];
  if (hub->desk) take_back(hub->desk, index, told);
  close(hub->sockets[index].fd);
  hub->sockets[index] = (Socket){.fd = -1, .last = -1, .next = *list, .intake.slot = -1};
  *list = index;
  if (--hub->open == 0) hold(hub, false);
}

static void release_late(Hub *hub) {
  while (hub->late >= 0) {
    int index = hub->late;
    hub->late = hub->sockets[index].next;
    hub->sockets[index].next = hub->spare;
    hub->spare = index;
  }
}

static void write_arrival(Hub *hub, int at, int index, int32_t length) {
  int32_t *line = hub->arrivals + at * LINE;
  line[0] = index;
  line[1] = length;
  if (length < 0) memset(line + 2, 0, 6 * sizeof *line);
  else words_of(&hub->from[at], line + 2, line + 3);
}

// Up to `wanted` datagrams of a socket into the places from `at` on: how many, or -1.
static int take(Hub *hub, Socket *socket, int at, int wanted) {
  struct mmsghdr *in = hub->in + at;
  if (wanted == 1) {
    socklen_t length = sizeof(Address);
    ssize_t got = recvfrom(socket->fd, hub->in_vector[at].iov_base, SLOT, MSG_DONTWAIT, &hub->from[at].any, &length);
    in->msg_len = (unsigned)got;
    return got < 0 ? -1 : 1;
  }
  for (int k = 0; k < wanted; k++) in[k].msg_hdr.msg_namelen = sizeof(Address);
  return recvmmsg(socket->fd, in, (unsigned)wanted, MSG_DONTWAIT, NULL);
}

// Takes the next datagram of a socket that is listened to for the mixer: 1 where JavaScript is to be told of it, at `at`.
static int take_sound(Hub *hub, int index, int at, double now, bool *more) {
  Socket *socket = &hub->sockets[index];
  if (take(hub, socket, at, 1) < 0) return errno == EAGAIN || errno == EINTR ? 0 : -1;
  const uint8_t *packet = hub->in_vector[at].iov_base;
  if (is_next(&socket->intake, packet, hub->in[at].msg_len, &hub->from[at]) && hear(&hub->heard, &socket->intake, index, packet, hub->in[at].msg_len, now)) {
    hub->taken++;
    if (now - socket->intake.last < SOON) *more = true;
    socket->intake.last = now;
    return 0;
  }
  socket->intake.slot = -1;
  return 1;
}

// Takes what has come, up to a batch. How much of it JavaScript is to be told of. `more`: there may be more.
static int collect(Hub *hub, bool *more) {
  struct epoll_event ready[BATCH];
  int n = 0, count = epoll_wait(hub->epoll, ready, BATCH, 0);
  double now = hub->desk ? monotonic_ms() : 0;
  *more = count == BATCH;
  for (int i = 0; i < count; i++) {
    int index = (int)ready[i].data.u32;
    Socket *socket = socket_at(hub, index);
    if (!socket) continue;
    int wanted = socket->burst < BATCH - n ? socket->burst : BATCH - n;
    if (wanted == 0) {
      *more = true;
      break;
    }
    bool sound = socket->intake.slot >= 0;
    int got = sound ? take_sound(hub, index, n, now, more) : take(hub, socket, n, wanted);
    if (got < 0 && errno != EAGAIN && errno != EINTR) write_arrival(hub, n++, index, -errno);
    for (int k = 0; k < got; k++, n++) write_arrival(hub, n, index, (int32_t)hub->in[n].msg_len);
    if (sound) continue;
    if (got == wanted && wanted > 1) *more = true;
    socket->burst = got < wanted ? 1 : socket->burst < BURST ? 2 * socket->burst : BURST;
  }
  return n;
}

static void tell(Hub *hub, int count) {
  napi_value arrived, number, global, error;
  napi_env env = hub->env;
  if (napi_get_reference_value(env, hub->kept[ARRIVED], &arrived) != napi_ok || !arrived) return;
  if (napi_create_int32(env, count, &number) != napi_ok || napi_get_global(env, &global) != napi_ok) return;
  if (napi_make_callback(env, NULL, global, arrived, 1, &number, NULL) != napi_pending_exception) return;
  if (napi_get_and_clear_last_exception(env, &error) == napi_ok) napi_fatal_exception(env, error);
}

// Takes and tells what has come, within bounds. How many datagrams; `left`: some were left for the next turn.
static int drain(Hub *hub, bool *left) {
  int total = 0;
  *left = true;
  hub->draining = true;
  hub->taken = 0;
  for (int round = 0; *left && round < ROUNDS && !hub->closed; round++) {
    int count = collect(hub, left);
    total += count;
    if (count == 0) continue;
    napi_handle_scope scope;
    if (napi_open_handle_scope(hub->env, &scope) != napi_ok) break;
    tell(hub, count);
    napi_close_handle_scope(hub->env, scope);
  }
  hub->draining = false;
  release_late(hub);
  return total + hub->taken;
}

static void readable(uv_poll_t *poll, int status, int events);

// Called by the event loop at the end of a pause. When nothing came meanwhile, or some is left, it is woken by the next
// datagram again: a timer for what is left would have its turn before anything else of the loop.
static void paused(uv_timer_t *timer) {
  Hub *hub = uv_handle_get_data(timer);
  bool left;
  int count = drain(hub, &left);
  if (hub->closed) return;
  if (count > 0 && !left) uv_timer_start(timer, paused, PAUSE, 0);
  else uv_poll_start(hub->poll, UV_READABLE, readable);
}

// Called by the event loop when the set has something to read.
static void readable(uv_poll_t *poll, int status, int events) {
  (void)status;
  (void)events;
  Hub *hub = uv_handle_get_data(poll);
  bool left;
  drain(hub, &left);
  uint64_t now = uv_now(hub->loop);
  bool often = now - hub->woken < PAUSE;
  hub->woken = now;
  if (!often || left || hub->closed) return;
  uv_poll_stop(poll);
  uv_timer_start(hub->timer, paused, PAUSE, 0);
}

// Sends a row of datagrams of one socket. Lengths of those that fail become a negative errno. How many those are.
static int send_row(Hub *hub, Socket *socket, struct mmsghdr *row, const int *numbers, int count) {
  int failed = 0;
  for (int at = 0; at < count;) {
    const struct msghdr *one = &row[at].msg_hdr;
    int sent;
    if (at + 1 == count)
      sent = sendto(socket->fd, one->msg_iov->iov_base, one->msg_iov->iov_len, OUT, one->msg_name, one->msg_namelen) < 0 ? -1 : 1;
    else sent = sendmmsg(socket->fd, row + at, (unsigned)(count - at), OUT);
    if (sent > 0) at += sent;
    else if (sent == 0 || errno != EINTR) {
      hub->departures[numbers[at++] * LINE + 1] = sent == 0 ? -EIO : -errno;
      failed++;
    }
  }
  return failed;
}

static int send_all(Hub *hub, int count) {
  int next[MOST_OUT], heads[MOST_OUT], numbers[MOST_OUT], rows = 0, failed = 0;
  size_t offset[MOST_OUT], used = 0;
  for (int i = 0; i < count; i++) {
    int32_t *line = hub->departures + i * LINE;
    Socket *socket = socket_at(hub, line[0]);
    offset[i] = used;
    used += (size_t)line[1];
    next[i] = -1;
    if (!socket || line[1] < 0 || line[1] > SLOT || used > hub->outbox_length) {
      line[1] = -EBADF;
      failed++;
      continue;
    }
    if (socket->last < 0) heads[rows++] = i;
    else next[socket->last] = i;
    socket->last = i;
  }
  struct mmsghdr row[MOST_OUT];
  struct iovec vector[MOST_OUT];
  Address to[MOST_OUT];
  for (int r = 0; r < rows; r++) {
    Socket *socket = &hub->sockets[hub->departures[heads[r] * LINE]];
    int n = 0;
    for (int i = heads[r]; i >= 0; i = next[i], n++) {
      int32_t *line = hub->departures + i * LINE;
      socklen_t length = address_of(line + 3, socket->family, line[2], &to[n]);
      numbers[n] = i;
      vector[n] = (struct iovec){hub->outbox + offset[i], (size_t)line[1]};
      row[n] = (struct mmsghdr){.msg_hdr = {.msg_name = &to[n], .msg_namelen = length, .msg_iov = &vector[n], .msg_iovlen = 1}};
    }
    socket->last = -1;
    failed += send_row(hub, socket, row, numbers, n);
  }
  return failed;
}
