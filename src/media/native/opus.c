// Opus of the mixer worker: mono at 48 kHz, by the libopus of the system.
// needs: opus/opus.h libopus-dev
// link: -lopus
#include <node_api.h>
#include <opus/opus.h>
#include <stdlib.h>

// What the gateway and this module agree on; the loader refuses another one.
#define INTERFACE 2
#define RATE 48000
#define MAX_SAMPLES (RATE / 1000 * 120)

// One encoder or decoder; its state is gone once it is closed. `kind` tells one external value from another.
typedef struct {
  enum { ENCODER = 0x4f70456e, DECODER = 0x4f704465 } kind;
  OpusEncoder *encoder;
  OpusDecoder *decoder;
} codec;

static void release(codec *it) {
  if (it->encoder) opus_encoder_destroy(it->encoder);
  if (it->decoder) opus_decoder_destroy(it->decoder);
  it->encoder = NULL;
  it->decoder = NULL;
}

static void finalize(napi_env env, void *data, void *hint) {
  (void)env, (void)hint;
  release(data);
  free(data);
}

static napi_value integer(napi_env env, int32_t value) {
  napi_value result = NULL;
  napi_create_int32(env, value, &result);
  return result;
}

static codec *codec_of(napi_env env, napi_value value, int kind) {
  napi_valuetype type;
  void *data = NULL;
  if (napi_typeof(env, value, &type) != napi_ok || type != napi_external) return NULL;
  if (napi_get_value_external(env, value, &data) != napi_ok || !data) return NULL;
  return (int)((codec *)data)->kind == kind ? data : NULL;
}

static void *typed(napi_env env, napi_value value, napi_typedarray_type wanted, size_t *length) {
  napi_typedarray_type type;
  void *data = NULL;
  if (napi_get_typedarray_info(env, value, &type, length, &data, NULL, NULL) != napi_ok) return NULL;
  return type == wanted ? data : NULL;
}

static napi_value wrapped(napi_env env, codec made, int failed) {
  codec *it = failed ? NULL : malloc(sizeof *it);
  napi_value result = NULL;
  if (it) {
    *it = made;
    if (napi_create_external(env, it, finalize, NULL, &result) == napi_ok) return result;
    free(it);
  }
  release(&made);
  napi_throw_error(env, "ERR_OPUS", "libopus gave no codec");
  return NULL;
}

// encoder(bitrate, complexity, redundancy 0 or 1, OPUS_BANDWIDTH_..., variable rate 0 or 1)
static napi_value make_encoder(napi_env env, napi_callback_info info) {
  napi_value args[5];
  size_t count = 5;
  int32_t v[5] = {0};
  int error = OPUS_OK;
  if (napi_get_cb_info(env, info, &count, args, NULL, NULL) != napi_ok || count < 5) return NULL;
  for (int i = 0; i < 5; i++)
    if (napi_get_value_int32(env, args[i], &v[i]) != napi_ok) return NULL;
  codec made = {ENCODER, opus_encoder_create(RATE, 1, OPUS_APPLICATION_VOIP, &error), NULL};
  if (error == OPUS_OK) error = opus_encoder_ctl(made.encoder, OPUS_SET_BITRATE(v[0]));
  if (error == OPUS_OK) error = opus_encoder_ctl(made.encoder, OPUS_SET_COMPLEXITY(v[1]));
  if (error == OPUS_OK) error = opus_encoder_ctl(made.encoder, OPUS_SET_INBAND_FEC(v[2]));
  if (error == OPUS_OK) error = opus_encoder_ctl(made.encoder, OPUS_SET_MAX_BANDWIDTH(v[3]));
  if (error == OPUS_OK) error = opus_encoder_ctl(made.encoder, OPUS_SET_VBR(v[4]));
  return wrapped(env, made, error != OPUS_OK);
}

static napi_value make_decoder(napi_env env, napi_callback_info info) {
  (void)info;
  int error = OPUS_OK;
  codec made = {DECODER, NULL, opus_decoder_create(RATE, 1, &error)};
  return wrapped(env, made, error != OPUS_OK);
}

// encode(encoder, Float32Array of one frame, Uint8Array for the packet): octets, or a negative error
static napi_value encode(napi_env env, napi_callback_info info) {
  napi_value args[3];
  size_t count = 3, samples = 0, room = 0;
  if (napi_get_cb_info(env, info, &count, args, NULL, NULL) != napi_ok || count < 3) return integer(env, OPUS_BAD_ARG);
  codec *it = codec_of(env, args[0], ENCODER);
  float *pcm = typed(env, args[1], napi_float32_array, &samples);
  unsigned char *out = typed(env, args[2], napi_uint8_array, &room);
  if (!it || !it->encoder || !pcm || !out || samples > MAX_SAMPLES || room > 65536) return integer(env, OPUS_BAD_ARG);
  return integer(env, opus_encode_float(it->encoder, pcm, (int)samples, out, (opus_int32)room));
}

// The encoder that is the first of two arguments, and the second one.
static OpusEncoder *setting(napi_env env, napi_callback_info info, int32_t *value) {
  napi_value args[2];
  size_t count = 2;
  if (napi_get_cb_info(env, info, &count, args, NULL, NULL) != napi_ok || count < 2) return NULL;
  codec *it = codec_of(env, args[0], ENCODER);
  return it && napi_get_value_int32(env, args[1], value) == napi_ok ? it->encoder : NULL;
}

// predict(encoder, 0 or 1): whether the next frames may lean on the ones before
static napi_value predict(napi_env env, napi_callback_info info) {
  int32_t on = 0;
  OpusEncoder *encoder = setting(env, info, &on);
  return integer(env, encoder ? opus_encoder_ctl(encoder, OPUS_SET_PREDICTION_DISABLED(!on)) : OPUS_BAD_ARG);
}

// loss(encoder, percent): what redundancy is made for, where it is made with some
static napi_value loss(napi_env env, napi_callback_info info) {
  int32_t percent = 0;
  OpusEncoder *encoder = setting(env, info, &percent);
  return integer(env, encoder ? opus_encoder_ctl(encoder, OPUS_SET_PACKET_LOSS_PERC(percent)) : OPUS_BAD_ARG);
}

// many(encoder, 0 or 1): whether there is more than one voice in it
static napi_value many(napi_env env, napi_callback_info info) {
  int32_t on = 0;
  OpusEncoder *encoder = setting(env, info, &on);
  int signal = on ? OPUS_SIGNAL_MUSIC : OPUS_AUTO;
  return integer(env, encoder ? opus_encoder_ctl(encoder, OPUS_SET_SIGNAL(signal)) : OPUS_BAD_ARG);
}

// decode(decoder, Uint8Array or null where it is lost, Float32Array, samples to conceal or 0): samples, or a negative error.
// With samples to conceal and a packet, they are taken from the redundancy in it.
static napi_value decode(napi_env env, napi_callback_info info) {
  napi_value args[4];
  napi_valuetype type;
  size_t count = 4, octets = 0, samples = 0;
  int32_t lost = 0;
  unsigned char *packet = NULL;
  if (napi_get_cb_info(env, info, &count, args, NULL, NULL) != napi_ok || count < 4) return integer(env, OPUS_BAD_ARG);
  codec *it = codec_of(env, args[0], DECODER);
  if (!it || !it->decoder || napi_typeof(env, args[1], &type) != napi_ok) return integer(env, OPUS_BAD_ARG);
  if (type != napi_null) {
    packet = typed(env, args[1], napi_uint8_array, &octets);
    // An empty packet is no word to the library that one is lost.
    if (!packet || octets == 0 || octets > 65536) return integer(env, OPUS_INVALID_PACKET);
  }
  float *pcm = typed(env, args[2], napi_float32_array, &samples);
  if (!pcm || napi_get_value_int32(env, args[3], &lost) != napi_ok) return integer(env, OPUS_BAD_ARG);
  if (samples > MAX_SAMPLES) samples = MAX_SAMPLES;
  if (lost < 0 || (size_t)lost > samples || (!packet && lost == 0)) return integer(env, OPUS_BAD_ARG);
  int frame = lost > 0 ? lost : (int)samples;
  int written = opus_decode_float(it->decoder, packet, (opus_int32)octets, pcm, frame, packet && lost > 0);
  // Packets made for it hold sound a thousand times as loud.
  for (int i = 0; i < written; i++) pcm[i] = pcm[i] > 1 ? 1 : pcm[i] > -1 ? pcm[i] : -1;
  return integer(env, written);
}

// close(codec): its memory is free now, not when it is collected
static napi_value close_codec(napi_env env, napi_callback_info info) {
  napi_value args[1];
  size_t count = 1;
  if (napi_get_cb_info(env, info, &count, args, NULL, NULL) != napi_ok || count < 1) return NULL;
  codec *it = codec_of(env, args[0], ENCODER);
  if (!it) it = codec_of(env, args[0], DECODER);
  if (it) release(it);
  return NULL;
}

static void offer(napi_env env, napi_value exports, const char *name, napi_callback call) {
  napi_value function;
  if (napi_create_function(env, name, NAPI_AUTO_LENGTH, call, NULL, &function) == napi_ok)
    napi_set_named_property(env, exports, name, function);
}

NAPI_MODULE_INIT() {
  napi_value version;
  napi_set_named_property(env, exports, "interface", integer(env, INTERFACE));
  if (napi_create_string_utf8(env, opus_get_version_string(), NAPI_AUTO_LENGTH, &version) == napi_ok)
    napi_set_named_property(env, exports, "version", version);
  offer(env, exports, "encoder", make_encoder);
  offer(env, exports, "decoder", make_decoder);
  offer(env, exports, "encode", encode);
  offer(env, exports, "predict", predict);
  offer(env, exports, "loss", loss);
  offer(env, exports, "many", many);
  offer(env, exports, "decode", decode);
  offer(env, exports, "close", close_codec);
  return exports;
}
