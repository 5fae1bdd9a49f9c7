// UDP sockets of the io worker: all of them in one epoll set that the event loop watches, read by the dozen and told to
// JavaScript in one call, written by the dozen. Addresses cross the border as numbers, packets in memory of JavaScript's.
//
//   open(inbox, arrivals, outbox, departures, arrived) -> hub    `arrived(n)` is called when n datagrams came
//   bind(hub, address, port)                           -> index of a socket, or a negative errno
//   port(hub, index)                                   -> its port
//   close(hub, index)
//   flush(hub, n)                                      sends n datagrams -> how many failed
//   parse(address, words)                              -> 4 or 6, with the words of the address; 0 where it is none
//   format(words, family)                              -> address
//
// Sound has a short way between sockets and the mixer, without JavaScript, while its packets go on as before:
//
//   desk(hub, toMixer, fromMixer, told, origin, frameOrigin) -> its number. The rings, and TOLD numbers for each packet told
//   listen(hub, like)      what comes like that goes to `toMixer` at once; `like`: index, slot, payload type, sequence number,
//                          SSRC, port, words of the address
//   deafen(hub, index)
//   heard(hub)             -> how many packets came so; `told`: index, sequence number, timestamp, octets, when
//   hand(hub, like)        the mixer's frames go out at once, 1, or 0 as some wait in `fromMixer`; `like`: index, slot, last
//                          sequence number, SSRC, what timestamps begin at, port, words of the address
//   takeBack(hub, index)   -> last sequence number, with one line in `told`; -1 where nothing was handed over
//   departed(hub)          -> lines in `told`: index, packets, octets of payload, last timestamp, when; or -1, errno, how often
//   frames(number, staged, words)  in any thread: sends or writes to `fromMixer`; -> how many are there. `staged`: slot, payload
//                          type (256 more: marker), timestamp, length, payload; its first word is then how many were lost
//   now()                  -> the system's monotonic clock, ms
//
// A datagram is a line of LINE numbers in `arrivals` or `departures`: index of the socket, length (a negative errno where it
// failed), port, then the words of the address: scope and up to 16 octets. What came is in `inbox` at its number times SLOT;
// what goes out lies in `outbox` one behind the other.
#define _GNU_SOURCE
#include "udp-hub.h"

// What the gateway and this module agree on; the loader refuses another one.
#define INTERFACE 4

static void free_hub(Hub *hub) {
  if (!hub->closed || !hub->forgotten || hub->handles > 0) return;
  free(hub->sockets);
  free(hub);
}

static void handle_closed(void *handle) {
  Hub *hub = uv_handle_get_data(handle);
  free(handle);
  if (--hub->handles > 0) return;
  close(hub->epoll);
  if (hub->hook) napi_remove_async_cleanup_hook(hub->hook);
  free_hub(hub);
}

// Ends what the hub has of the system: sockets now, the set when the loop has let go of it.
static void close_hub(Hub *hub) {
  if (hub->closed) return;
  hub->closed = true;
  if (hub->desk) close_desk(hub->desk);
  hub->desk = NULL;
  for (int i = 0; i < hub->room; i++)
    if (hub->sockets[i].fd >= 0) remove_socket(hub, i);
  uv_close(hub->poll, handle_closed);
  uv_close(hub->timer, handle_closed);
}

static void thread_ends(napi_async_cleanup_hook_handle handle, void *data) {
  (void)handle;
  close_hub(data);
}

static void hub_forgotten(napi_env env, void *data, void *hint) {
  (void)hint;
  Hub *hub = data;
  close_hub(hub);
  for (int i = 0; i < KEPT; i++) napi_delete_reference(env, hub->kept[i]);
  for (int i = 0; i < SHARED; i++)
    if (hub->shared[i]) napi_delete_reference(env, hub->shared[i]);
  hub->forgotten = true;
  free_hub(hub);
}

static napi_value number_of(napi_env env, int value) {
  napi_value number = NULL;
  napi_create_int32(env, value, &number);
  return number;
}

static napi_value refuse(napi_env env, const char *why) {
  napi_throw_type_error(env, NULL, why);
  return NULL;
}

static void *memory(napi_env env, napi_value array, size_t least, size_t *length) {
  void *data;
  bool is_array = false;
  size_t count = 0;
  napi_typedarray_type type;
  if (napi_is_typedarray(env, array, &is_array) != napi_ok || !is_array) return NULL;
  if (napi_get_typedarray_info(env, array, &type, &count, &data, NULL, NULL) != napi_ok) return NULL;
  size_t octets = count * (type == napi_float64_array ? 8 : type == napi_int32_array ? 4 : type == napi_uint8_array ? 1 : 0);
  if (length) *length = octets;
  return octets >= least ? data : NULL;
}

static void prepare(Hub *hub) {
  for (int i = 0; i < BATCH; i++) {
    hub->in_vector[i] = (struct iovec){hub->inbox + (size_t)i * SLOT, SLOT};
    hub->in[i].msg_hdr = (struct msghdr){.msg_name = &hub->from[i], .msg_iov = &hub->in_vector[i], .msg_iovlen = 1};
  }
}

static bool watch(Hub *hub) {
  hub->epoll = epoll_create1(EPOLL_CLOEXEC);
  hub->poll = calloc(1, uv_handle_size(UV_POLL));
  hub->timer = calloc(1, uv_handle_size(UV_TIMER));
  if (hub->epoll >= 0 && hub->poll && hub->timer && napi_get_uv_event_loop(hub->env, &hub->loop) == napi_ok &&
      uv_poll_init(hub->loop, hub->poll, hub->epoll) == 0) {
    uv_timer_init(hub->loop, hub->timer);
    hub->handles = 2;
    uv_handle_set_data(hub->poll, hub);
    uv_handle_set_data(hub->timer, hub);
    uv_poll_start(hub->poll, UV_READABLE, readable);
    uv_unref(hub->poll);
    uv_unref(hub->timer);
    return true;
  }
  if (hub->epoll >= 0) close(hub->epoll);
  free(hub->poll);
  free(hub->timer);
  return false;
}

static napi_value open_hub(napi_env env, napi_callback_info info) {
  size_t count = KEPT;
  napi_value given[KEPT], external;
  Hub *hub = calloc(1, sizeof *hub);
  if (!hub || napi_get_cb_info(env, info, &count, given, NULL, NULL) != napi_ok || count < KEPT) {
    free(hub);
    return refuse(env, "open(inbox, arrivals, outbox, departures, arrived)");
  }
  hub->env = env;
  hub->spare = hub->late = -1;
  hub->inbox = memory(env, given[INBOX], (size_t)BATCH * SLOT, NULL);
  hub->arrivals = memory(env, given[ARRIVALS], BATCH * LINE * sizeof(int32_t), NULL);
  hub->outbox = memory(env, given[OUTBOX], SLOT, &hub->outbox_length);
  hub->departures = memory(env, given[DEPARTURES], MOST_OUT * LINE * sizeof(int32_t), NULL);
  if (!hub->inbox || !hub->arrivals || !hub->outbox || !hub->departures || !watch(hub)) {
    free(hub);
    return refuse(env, "too little memory");
  }
  prepare(hub);
  for (int i = 0; i < KEPT; i++) napi_create_reference(env, given[i], 0, &hub->kept[i]);
  napi_add_async_cleanup_hook(env, thread_ends, hub, &hub->hook);
  napi_create_external(env, hub, hub_forgotten, NULL, &external);
  return external;
}

// The hub and up to two numbers.
static Hub *hub_of(napi_env env, napi_callback_info info, size_t wanted, napi_value *given, int32_t *first) {
  size_t count = wanted;
  void *hub;
  if (napi_get_cb_info(env, info, &count, given, NULL, NULL) != napi_ok || count < wanted) return NULL;
  if (napi_get_value_external(env, given[0], &hub) != napi_ok || ((Hub *)hub)->closed) return NULL;
  if (first && napi_get_value_int32(env, given[wanted - 1], first) != napi_ok) return NULL;
  return hub;
}

static napi_value bind_socket(napi_env env, napi_callback_info info) {
  napi_value given[3];
  int32_t port, words[WORDS];
  int family;
  char text[ADDRESS_LENGTH];
  size_t length;
  Hub *hub = hub_of(env, info, 3, given, &port);
  if (!hub || napi_get_value_string_utf8(env, given[1], text, sizeof text, &length) != napi_ok)
    return refuse(env, "bind(hub, address, port)");
  if (port < 0 || port > 65535 || !parse_address(text, words, &family)) return number_of(env, -EINVAL);
  Address at;
  int fd = bound(&at, address_of(words, family, port, &at));
  if (fd < 0) return number_of(env, fd);
  int index = add(hub, fd, family);
  if (index < 0) close(fd);
  return number_of(env, index);
}

static napi_value port_of(napi_env env, napi_callback_info info) {
  napi_value given[2];
  int32_t index, port = 0, words[WORDS];
  Address at;
  socklen_t length = sizeof at;
  Hub *hub = hub_of(env, info, 2, given, &index);
  Socket *socket = hub ? socket_at(hub, index) : NULL;
  if (!socket) return refuse(env, "port(hub, index)");
  if (getsockname(socket->fd, &at.any, &length) == 0) words_of(&at, &port, words);
  return number_of(env, port);
}

static napi_value close_socket(napi_env env, napi_callback_info info) {
  napi_value given[2];
  int32_t index;
  Hub *hub = hub_of(env, info, 2, given, &index);
  if (hub && socket_at(hub, index)) remove_socket(hub, index);
  return NULL;
}

static napi_value flush(napi_env env, napi_callback_info info) {
  napi_value given[2];
  int32_t count;
  Hub *hub = hub_of(env, info, 2, given, &count);
  if (!hub || count < 0 || count > MOST_OUT) return refuse(env, "flush(hub, count)");
  return number_of(env, send_all(hub, count));
}

static napi_value desk(napi_env env, napi_callback_info info) {
  napi_value given[6];
  double origin, frame_origin;
  Ring out;
  size_t length = 0;
  Hub *hub = hub_of(env, info, 6, given, NULL);
  if (!hub || hub->desk || napi_get_value_double(env, given[4], &origin) != napi_ok ||
      napi_get_value_double(env, given[5], &frame_origin) != napi_ok)
    return refuse(env, "desk(hub, toMixer, fromMixer, told, origin, frameOrigin)");
  hub->heard = (Heard){.origin = origin, .frame_origin = frame_origin};
  hub->heard.told = memory(env, given[3], MOST_HEARD * TOLD * sizeof(double), NULL);
  uint8_t *in = memory(env, given[1], 0, &length);
  bool fits = ring_of(in, length, &hub->heard.ring);
  uint8_t *from = memory(env, given[2], 0, &length);
  if (!fits || !ring_of(from, length, &out) || !hub->heard.told) return refuse(env, "too little memory");
  hub->desk = open_desk(&out, origin);
  if (!hub->desk) return refuse(env, "no memory");
  for (int i = 0; i < SHARED; i++) napi_create_reference(env, given[1 + i], 1, &hub->shared[i]);
  return number_of(env, hub->desk->id);
}

// The hub, if it has a desk, and what `like` says of a socket of it.
static Hub *like_of(napi_env env, napi_callback_info info, int32_t **like) {
  napi_value given[2];
  Hub *hub = hub_of(env, info, 2, given, NULL);
  if (hub) *like = memory(env, given[1], (LIKE + WORDS) * sizeof **like, NULL);
  return hub && hub->desk && *like && socket_at(hub, **like) ? hub : NULL;
}

static napi_value listen_to(napi_env env, napi_callback_info info) {
  int32_t *like;
  Hub *hub = like_of(env, info, &like);
  if (!hub) return refuse(env, "listen(hub, like)");
  Socket *socket = socket_at(hub, like[0]);
  Intake intake = {.slot = like[1], .pt = (uint8_t)like[2], .seq = (uint16_t)like[3], .ssrc = (uint32_t)like[4]};
  address_of(like + LIKE, socket->family, like[5], &intake.from);
  socket->intake = intake;
  return NULL;
}

static napi_value deafen(napi_env env, napi_callback_info info) {
  napi_value given[2];
  int32_t index;
  Hub *hub = hub_of(env, info, 2, given, &index);
  Socket *socket = hub ? socket_at(hub, index) : NULL;
  if (socket) socket->intake.slot = -1;
  return NULL;
}

static napi_value heard(napi_env env, napi_callback_info info) {
  napi_value given[1];
  Hub *hub = hub_of(env, info, 1, given, NULL);
  int count = hub ? hub->heard.count : 0;
  if (hub) hub->heard.count = 0;
  return number_of(env, count);
}

static napi_value hand(napi_env env, napi_callback_info info) {
  int32_t *like;
  Hub *hub = like_of(env, info, &like);
  if (!hub) return refuse(env, "hand(hub, like)");
  const Socket *socket = socket_at(hub, like[0]);
  Outlet outlet = {.fd = socket->fd, .slot = like[1], .seq = (uint16_t)like[2], .ssrc = (uint32_t)like[3], .offset = (uint32_t)like[4]};
  outlet.length = address_of(like + LIKE, socket->family, like[5], &outlet.to);
  return number_of(env, hand_over(hub->desk, like[0], &outlet));
}

static napi_value take_outlet(napi_env env, napi_callback_info info) {
  napi_value given[2];
  int32_t index;
  Hub *hub = hub_of(env, info, 2, given, &index);
  return number_of(env, hub && hub->desk ? take_back(hub->desk, index, hub->heard.told) : -1);
}

static napi_value tell_departed(napi_env env, napi_callback_info info) {
  napi_value given[1];
  Hub *hub = hub_of(env, info, 1, given, NULL);
  return number_of(env, hub && hub->desk ? departed(hub->desk, hub->heard.told, MOST_HEARD) : 0);
}

static napi_value frames(napi_env env, napi_callback_info info) {
  napi_value given[3];
  size_t count = 3, length = 0;
  int32_t id, words;
  uint32_t *staged = NULL, lost = 0;
  if (napi_get_cb_info(env, info, &count, given, NULL, NULL) == napi_ok && count == 3 &&
      napi_get_value_int32(env, given[0], &id) == napi_ok && napi_get_value_int32(env, given[2], &words) == napi_ok)
    staged = memory(env, given[1], STAGED * sizeof *staged, &length);
  if (!staged || words < 0 || (size_t)words > length / sizeof *staged) return refuse(env, "frames(number, staged, words)");
  Desk *desk = desk_of(id);
  int ringed = 0;
  if (desk) {
    ringed = hand_in(desk, staged, (size_t)words, &lost);
    pthread_mutex_unlock(&desk->lock);
  }
  *staged = lost;
  return number_of(env, ringed);
}

static napi_value now(napi_env env, napi_callback_info info) {
  napi_value ms = NULL;
  (void)info;
  napi_create_double(env, monotonic_ms(), &ms);
  return ms;
}

static napi_value parse(napi_env env, napi_callback_info info) {
  napi_value given[2];
  size_t count = 2, length;
  char text[ADDRESS_LENGTH];
  int family;
  int32_t *words = NULL;
  if (napi_get_cb_info(env, info, &count, given, NULL, NULL) == napi_ok && count == 2)
    words = memory(env, given[1], WORDS * sizeof *words, NULL);
  if (!words || napi_get_value_string_utf8(env, given[0], text, sizeof text, &length) != napi_ok)
    return refuse(env, "parse(address, words)");
  parse_address(text, words, &family);
  return number_of(env, family == AF_INET ? 4 : family == AF_INET6 ? 6 : 0);
}

static napi_value format(napi_env env, napi_callback_info info) {
  napi_value given[2], result;
  size_t count = 2;
  int32_t family = 0, *words = NULL;
  char text[ADDRESS_LENGTH], name[IF_NAMESIZE];
  if (napi_get_cb_info(env, info, &count, given, NULL, NULL) == napi_ok && count == 2)
    words = memory(env, given[0], WORDS * sizeof *words, NULL);
  if (!words || napi_get_value_int32(env, given[1], &family) != napi_ok) return refuse(env, "format(words, family)");
  if (!inet_ntop(family == 4 ? AF_INET : AF_INET6, words + 1, text, INET6_ADDRSTRLEN)) return refuse(env, "no address");
  if (words[0] != 0 && if_indextoname((unsigned)words[0], name)) {
    strcat(text, "%");
    strcat(text, name);
  }
  return napi_create_string_latin1(env, text, NAPI_AUTO_LENGTH, &result) == napi_ok ? result : NULL;
}

NAPI_MODULE_INIT() {
#define METHOD(name, function) {name, NULL, function, NULL, NULL, NULL, napi_enumerable, NULL}
  const napi_property_descriptor properties[] = {
      {"interface", NULL, NULL, NULL, NULL, number_of(env, INTERFACE), napi_enumerable, NULL},
      METHOD("open", open_hub),
      METHOD("bind", bind_socket),
      METHOD("port", port_of),
      METHOD("close", close_socket),
      METHOD("flush", flush),
      METHOD("desk", desk),
      METHOD("listen", listen_to),
      METHOD("deafen", deafen),
      METHOD("heard", heard),
      METHOD("hand", hand),
      METHOD("takeBack", take_outlet),
      METHOD("departed", tell_departed),
      METHOD("frames", frames),
      METHOD("now", now),
      METHOD("parse", parse),
      METHOD("format", format),
  };
  napi_define_properties(env, exports, sizeof properties / sizeof *properties, properties);
  return exports;
}
