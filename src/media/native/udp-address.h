// Addresses of the udp module: as text, as numbers for JavaScript, and as the system takes them. The numbers are the scope
// and up to 16 octets in four words, in the order of the wire.
#pragma once
#include <arpa/inet.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define WORDS 5
#define ADDRESS_LENGTH (INET6_ADDRSTRLEN + 1 + IF_NAMESIZE)

typedef union {
  struct sockaddr any;
  struct sockaddr_in four;
  struct sockaddr_in6 six;
} Address;

static bool parse_address(const char *text, int32_t words[WORDS], int *family) {
  char plain[ADDRESS_LENGTH];
  memset(words, 0, WORDS * sizeof *words);
  *family = 0;
  if (inet_pton(AF_INET, text, words + 1) == 1) {
    *family = AF_INET;
    return true;
  }
  size_t length = strcspn(text, "%");
  if (length >= sizeof plain) return false;
  memcpy(plain, text, length);
  plain[length] = 0;
  if (inet_pton(AF_INET6, plain, words + 1) != 1) return false;
  if (text[length] == '%') {
    unsigned scope = if_nametoindex(text + length + 1);
    words[0] = (int32_t)(scope ? scope : (unsigned)strtoul(text + length + 1, NULL, 10));
  }
  *family = AF_INET6;
  return true;
}

static socklen_t address_of(const int32_t words[WORDS], int family, int port, Address *into) {
  memset(into, 0, sizeof *into);
  if (family == AF_INET) {
    into->four.sin_family = AF_INET;
    into->four.sin_port = htons((uint16_t)port);
    memcpy(&into->four.sin_addr, words + 1, 4);
    return sizeof into->four;
  }
  into->six.sin6_family = AF_INET6;
  into->six.sin6_port = htons((uint16_t)port);
  into->six.sin6_scope_id = (uint32_t)words[0];
  memcpy(&into->six.sin6_addr, words + 1, 16);
  return sizeof into->six;
}

static void words_of(const Address *address, int32_t *port, int32_t words[WORDS]) {
  memset(words, 0, WORDS * sizeof *words);
  if (address->any.sa_family == AF_INET) {
    *port = ntohs(address->four.sin_port);
    memcpy(words + 1, &address->four.sin_addr, 4);
  } else {
    *port = ntohs(address->six.sin6_port);
    words[0] = (int32_t)address->six.sin6_scope_id;
    memcpy(words + 1, &address->six.sin6_addr, 16);
  }
}
