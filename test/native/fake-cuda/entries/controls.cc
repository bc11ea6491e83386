// What a test asks of the fake: what is still there, and what was called.
#include "entries.h"

namespace mish::fake {

#define MISH_FAKE_CONTROL(name) MISH_FAKE_EXPORTED unsigned long long mish_fake_##name()

// ---- now
MISH_FAKE_CONTROL(liveBlocks) { return world().memory.count(); }
MISH_FAKE_CONTROL(liveBytes) { return world().memory.bytes(); }
MISH_FAKE_CONTROL(livePinned) { return world().pinned.count(); }
MISH_FAKE_CONTROL(liveStreams) { return world().streams.count(); }
MISH_FAKE_CONTROL(liveEvents) { return world().events.count(); }
MISH_FAKE_CONTROL(retainedContexts) {
  uint64_t retained = 0;
  for (const auto& context : world().contexts.all()) retained += context->retained;
  return retained;
}

// ---- since the last cuInit
MISH_FAKE_CONTROL(calls) { return world().calls.made(); }
MISH_FAKE_CONTROL(callsAfterSticky) { return world().calls.after_sticky(); }
MISH_FAKE_CONTROL(launches) { return world().calls.made(Entry::launch); }

}  // namespace mish::fake
