// Other people's programs as test peers: nghttpx (package nghttp2-proxy) as an HTTP/2 front, and Debian's
// docker-registry. Each runs on a free loopback port with a generated configuration in a folder of its own, and is
// ended by its process id in the destructor; it is killed if this process dies. Tests ask `missing` first and skip
// visibly.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/registry/tls.hpp"

namespace lock::test {

// A folder that is removed with everything in it.
class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// Whether a program is not in PATH (Debian puts nghttpx into /usr/sbin, which is looked through too); the text says so.
[[nodiscard]] std::optional<std::string> missing(const std::string& program);

// A child process; standard output and errors go to `log`. The destructor sends SIGTERM, after two seconds SIGKILL.
class Child {
 public:
  Child(const std::vector<std::string>& arguments, const std::filesystem::path& log);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  [[nodiscard]] bool runs();

 private:
  int pid_ = -1;
};

[[nodiscard]] std::uint16_t free_port();
// Until somebody accepts connections there; throws with the end of the log when the child ends or after ten seconds.
void wait_for_port(std::uint16_t port, Child& child, const std::filesystem::path& log);

// Speaks HTTP/2 and HTTP/1.1 over TLS and asks an HTTP/1.1 server on a loopback port.
class Http2Front {
 public:
  Http2Front(std::uint16_t backend_port, const Identity& identity, std::size_t most_streams = 100);
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::string log() const;

 private:
  ScratchFolder folder_;
  std::uint16_t port_;
  std::unique_ptr<Child> child_;
};

struct DockerRegistryOptions {
  std::optional<Identity> identity{};  // TLS, and so HTTP/2
  std::string user{};                  // with a password: Basic authentication
  std::string password{};
  std::filesystem::path data{};  // keeps its contents there; empty: in its own folder
};

class DockerRegistry {
 public:
  explicit DockerRegistry(const DockerRegistryOptions& options = {});
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::string host() const { return "127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] std::string log() const;

 private:
  ScratchFolder folder_;
  std::uint16_t port_;
  std::unique_ptr<Child> child_;
};

}  // namespace lock::test
