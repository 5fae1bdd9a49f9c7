// UDP sockets of the io worker.
#include <node_api.h>

// What the gateway and this module agree on; the loader refuses another one.
#define INTERFACE 1

NAPI_MODULE_INIT() {
  napi_value interface;
  if (napi_create_int32(env, INTERFACE, &interface) == napi_ok) napi_set_named_property(env, exports, "interface", interface);
  return exports;
}
