// Facts of the driver and its devices as one object: CudaKnown of src/backend/native/addon.ts.
#include "known.h"

#include <stdio.h>

#include "environment.h"

namespace mish {
namespace {

void set_number(napi_env env, napi_value object, const char* name, double number) {
  napi_value value;
  if (napi_create_double(env, number, &value) == napi_ok)
    napi_set_named_property(env, object, name, value);
}

void set_text(napi_env env, napi_value object, const char* name, const char* text) {
  napi_value value;
  if (napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &value) == napi_ok)
    napi_set_named_property(env, object, name, value);
}

// As the driver's own tools write it.
void format_uuid(const cuda::Uuid& uuid, char (&text)[41]) {
  const unsigned char* b = uuid.bytes;
  snprintf(text, sizeof text,
           "GPU-%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1],
           b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
           b[15]);
}

napi_value make_device(napi_env env, int index) {
  const auto [is_asked, result, facts] = cuda::device_facts(index);
  napi_value object;
  if (napi_create_object(env, &object) != napi_ok) return nullptr;
  char uuid[41] = "";
  if (facts.has_uuid) format_uuid(facts.uuid, uuid);
  set_number(env, object, "status", is_asked ? result.status : kEmpty);
  set_number(env, object, "code", result.code);
  set_text(env, object, "name", facts.name);
  set_text(env, object, "uuid", uuid);
  set_number(env, object, "totalBytes", (double)facts.total_bytes);
  set_number(env, object, "freeBytes", (double)facts.free_bytes);
  set_number(env, object, "major", facts.compute_major);
  set_number(env, object, "minor", facts.compute_minor);
  return object;
}

}  // namespace

napi_value make_known(napi_env env) {
  const cuda::DriverFacts driver = cuda::driver_facts();
  napi_value object, is_asked, devices;
  if (napi_create_object(env, &object) != napi_ok || napi_create_array(env, &devices) != napi_ok)
    return nullptr;
  napi_get_boolean(env, driver.is_asked, &is_asked);
  napi_set_named_property(env, object, "isAsked", is_asked);
  set_number(env, object, "status", driver.result.status);
  set_number(env, object, "code", driver.result.code);
  set_number(env, object, "driverVersion", driver.version);
  set_number(env, object, "leastDriverVersion", cuda::kLeastDriverVersion);
  set_number(env, object, "leastComputeCapability", cuda::kLeastComputeCapability);
  for (int index = 0; index < driver.device_count; ++index)
    if (napi_value device = make_device(env, index))
      napi_set_element(env, devices, (uint32_t)index, device);
  napi_set_named_property(env, object, "devices", devices);
  return object;
}

}  // namespace mish
