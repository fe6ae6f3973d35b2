// A TCP proxy on loopback that makes a far registry out of a near one: every byte waits half a round trip in each
// direction, and the first bytes of a connection one round trip more, because the kernel's accept hides the handshake.
//
// User space only (no netem), one thread, any number of connections, bytes unchanged. `stop` or the destructor ends it;
// connections that are open then are cut.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

namespace lock::test {

class DelayProxy {
 public:
  DelayProxy(std::uint16_t target_port, std::chrono::microseconds round_trip);
  ~DelayProxy();
  DelayProxy(const DelayProxy&) = delete;
  DelayProxy& operator=(const DelayProxy&) = delete;
  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] std::uint64_t connections() const;

 private:
  class Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace lock::test
