// A Compose file, and behind a NUL byte its `.env`.
#include <cstdint>
#include <string>

#include "resolver/collect/compose.hpp"
#include "resolver/collect/dotenv.hpp"
#include "tests/fuzz/check_collected.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const std::size_t nul = std::min(bytes.find('\0'), bytes.size());
  const lock::collect::Source compose("compose.yaml", bytes.substr(0, nul));
  const lock::collect::Source env(".env", bytes.substr(std::min(nul + 1, bytes.size())));
  const lock::fuzz::OneNeighbour beside_compose(".env", std::string(env.bytes()));
  const lock::fuzz::OneNeighbour beside_env("compose.yaml", std::string(compose.bytes()));
  lock::fuzz::check(lock::collect::collect(compose, beside_compose), compose.path(), compose.bytes());
  lock::fuzz::check(lock::collect::collect_dotenv(env, beside_env), env.path(), env.bytes());
  return 0;
}
