// The writing side of a ring of sound frames, whose layout src/media/frames.ts describes.
#pragma once
#include <arpa/inet.h>
#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define RING_CONTROL 64
#define RING_HEADER 32
#define RING_FILLER 0xffffffffu
enum { RING_WRITE, RING_READ, RING_DROPPED };

typedef struct {
  uint8_t *memory;
  uint32_t size; // behind the control words, octets: a power of two
} Ring;

typedef struct {
  uint32_t slot;
  uint8_t pt;
  bool marker;
  uint16_t seq;
  uint32_t timestamp;
  double at;
  const uint8_t *payload;
  uint32_t length;
} Frame;

static bool ring_of(uint8_t *memory, size_t length, Ring *ring) {
  size_t size = length < RING_CONTROL ? 0 : length - RING_CONTROL;
  *ring = (Ring){memory, (uint32_t)size};
  return memory && size >= 1024 && size <= 1u << 30 && (size & (size - 1)) == 0;
}

static uint32_t ring_word(const Ring *ring, int word) {
  return __atomic_load_n((uint32_t *)ring->memory + word, __ATOMIC_SEQ_CST);
}

static bool ring_empty(const Ring *ring) {
  return ring_word(ring, RING_READ) == ring_word(ring, RING_WRITE);
}

static void put32(uint8_t *at, uint32_t value) {
  value = htonl(value);
  memcpy(at, &value, sizeof value);
}

static void put_frame(uint8_t *at, const Frame *frame) {
  uint16_t seq = htons(frame->seq);
  uint64_t arrival;
  memcpy(&arrival, &frame->at, sizeof arrival);
  arrival = htobe64(arrival);
  put32(at, frame->length);
  put32(at + 4, frame->slot);
  at[8] = frame->pt;
  at[9] = frame->marker ? 1 : 0;
  memcpy(at + 10, &seq, sizeof seq);
  put32(at + 12, frame->timestamp);
  memcpy(at + 16, &arrival, sizeof arrival);
  memcpy(at + RING_HEADER, frame->payload, frame->length);
}

// False when the ring is full; that is counted in it.
static bool ring_write(const Ring *ring, const Frame *frame) {
  uint32_t size = (RING_HEADER + frame->length + 7) & ~7u;
  uint32_t head = ring_word(ring, RING_WRITE), used = head - ring_word(ring, RING_READ);
  uint32_t at = head & (ring->size - 1), to_end = ring->size - at;
  uint32_t filler = to_end < size ? to_end : 0;
  if (size > ring->size || used + filler + size > ring->size) {
    __atomic_add_fetch((uint32_t *)ring->memory + RING_DROPPED, 1, __ATOMIC_SEQ_CST);
    return false;
  }
  uint8_t *octets = ring->memory + RING_CONTROL;
  if (filler) {
    put32(octets + at, RING_FILLER);
    at = 0;
  }
  put_frame(octets + at, frame);
  __atomic_store_n((uint32_t *)ring->memory + RING_WRITE, head + filler + size, __ATOMIC_SEQ_CST);
  return true;
}
