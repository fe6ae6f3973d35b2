#include "tests/support/registry/raw_client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>
#include <stdexcept>

#include "resolver/base/descriptor.hpp"
#include "resolver/base/text.hpp"

namespace lock::test {
namespace {

using Clock = std::chrono::steady_clock;

base::Descriptor connect_to(const std::string& address, std::uint16_t port) {
  base::Descriptor connection(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(port);
  inet_pton(AF_INET, address.c_str(), &name.sin_addr);
  if (connect(connection.number(), reinterpret_cast<sockaddr*>(&name), sizeof name) != 0) {
    throw std::runtime_error("cannot connect to port " + std::to_string(port));
  }
  return connection;
}

// Whether the answer is whole: its head and as many bytes as Content-Length says.
bool is_whole(const RawAnswer& answer, bool head) {
  if (answer.bytes.find("\r\n\r\n") == Bytes::npos) return false;
  const std::string length = answer.header("content-length");
  if (head || answer.status() == 204 || answer.status() == 304) return true;
  return !length.empty() && answer.body().size() >= base::parse_decimal(length).value_or(0);
}

RawAnswer exchange_until(std::uint16_t port, std::string_view bytes, std::chrono::milliseconds most_time,
                         std::size_t most_bytes, const std::string& address, std::optional<bool> head) {
  const base::Descriptor connection = connect_to(address, port);
  const auto start = Clock::now();
  RawAnswer answer;
  while (!bytes.empty()) {
    const ssize_t count = send(connection.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) break;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  std::array<char, 65536> buffer;  // NOLINT: filled by recv
  while (answer.bytes.size() < most_bytes && !(head && is_whole(answer, *head))) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(start + most_time - Clock::now()).count();
    pollfd watched{.fd = connection.number(), .events = POLLIN, .revents = 0};
    if (left <= 0 || poll(&watched, 1, static_cast<int>(left)) <= 0) break;
    const ssize_t count = recv(connection.number(), buffer.data(), buffer.size(), 0);
    if (count <= 0) {
      answer.ended = true;
      answer.reset = count < 0 && errno == ECONNRESET;
      break;
    }
    answer.bytes.append(buffer.data(), static_cast<std::size_t>(count));
  }
  answer.took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start);
  return answer;
}

}  // namespace

int RawAnswer::status() const {
  return bytes.size() > 12 ? static_cast<int>(base::parse_decimal(bytes.substr(9, 3)).value_or(0)) : 0;
}

std::string RawAnswer::header(std::string_view name) const {
  const std::string head = bytes.substr(0, bytes.find("\r\n\r\n"));
  for (const std::string_view line : base::split(head, '\n')) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !base::equal_ignoring_case(line.substr(0, colon), name)) continue;
    return std::string(base::trim(line.substr(colon + 1)));
  }
  return {};
}

std::string RawAnswer::body() const {
  const std::size_t end = bytes.find("\r\n\r\n");
  return end == Bytes::npos ? std::string() : bytes.substr(end + 4);
}

RawAnswer exchange(std::uint16_t port, std::string_view bytes, std::chrono::milliseconds most_time,
                   std::size_t most_bytes, const std::string& address) {
  return exchange_until(port, bytes, most_time, most_bytes, address, std::nullopt);
}

RawAnswer ask(std::uint16_t port, std::string_view method, std::string_view target, std::string_view more_headers,
              std::string_view body) {
  std::string request = std::string(method) + " " + std::string(target) + " HTTP/1.1\r\nHost: registry.test\r\n";
  request += more_headers;
  if (!body.empty()) request += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  request += "\r\n" + std::string(body);
  return exchange_until(port, request, std::chrono::milliseconds(3000), SIZE_MAX, "127.0.0.1", method == "HEAD");
}

}  // namespace lock::test
