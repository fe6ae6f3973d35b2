// Kubernetes manifests, through the same door as the program's: all collectors that want a YAML file.
#include <cstdint>
#include <string>

#include "resolver/collect/kubernetes.hpp"
#include "tests/fuzz/check_collected.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const lock::collect::Source source("a.yaml", std::string(reinterpret_cast<const char*>(data), size));
  const lock::collect::NoFiles files;
  lock::fuzz::check(lock::collect::collect_kubernetes(source, files), source.path(), source.bytes());
  lock::fuzz::check(lock::collect::collect(source, files), source.path(), source.bytes());
  return 0;
}
