// oneDNN's eltwise_mish, forward and backward, for float32 and bfloat16; of its versions 2 and 3.
#include <oneapi/dnnl/dnnl.hpp>

#include <memory>

#include "peer.h"

namespace {

const auto kMish = dnnl::algorithm::eltwise_mish;
const auto kKind = dnnl::prop_kind::forward_training;

dnnl::eltwise_forward::primitive_desc forward_of(const dnnl::engine& engine,
                                                 const dnnl::memory::desc& shape) {
#if DNNL_VERSION_MAJOR >= 3
  return {engine, kKind, kMish, shape, shape};
#else
  return {{kKind, kMish, shape, 0.f, 0.f}, engine};
#endif
}

dnnl::eltwise_backward::primitive_desc backward_of(const dnnl::engine& engine,
                                                   const dnnl::memory::desc& shape) {
#if DNNL_VERSION_MAJOR >= 3
  return {engine, kMish, shape, shape, shape, forward_of(engine, shape)};
#else
  return {{kMish, shape, shape, 0.f, 0.f}, engine, forward_of(engine, shape)};
#endif
}

}  // namespace

std::function<void()> prepare(const std::string& op, const std::string& dtype, const Operands& o) {
  const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  const auto type =
      dtype == "float32" ? dnnl::memory::data_type::f32 : dnnl::memory::data_type::bf16;
  const dnnl::memory::desc shape({(dnnl::memory::dim)o.elements}, type,
                                 dnnl::memory::format_tag::a);
  const auto memory = [&](char* data) { return dnnl::memory(shape, engine, data); };
  std::unordered_map<int, dnnl::memory> arguments = {{DNNL_ARG_SRC, memory(o.x)}};
  std::shared_ptr<dnnl::primitive> primitive;
  if (op == "forward") {
    arguments.insert({DNNL_ARG_DST, memory(o.out)});
    primitive = std::make_shared<dnnl::eltwise_forward>(forward_of(engine, shape));
  } else {
    arguments.insert({DNNL_ARG_DIFF_DST, memory(o.dy)});
    arguments.insert({DNNL_ARG_DIFF_SRC, memory(o.out)});
    primitive = std::make_shared<dnnl::eltwise_backward>(backward_of(engine, shape));
  }
  dnnl::stream stream(engine);
  return [=]() mutable {
    primitive->execute(stream, arguments);
    stream.wait();
  };
}
