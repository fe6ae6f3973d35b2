// Each connection is two sockets and two queues of (due time, bytes). epoll says what can be read; the earliest due
// time of all queues is the time-out. A queue holds at most 4 MiB; then its source is not read, so that a fast server
// does not fill the memory.
#include "tests/support/registry/delay_proxy.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <deque>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <unordered_map>

#include "resolver/base/descriptor.hpp"

namespace lock::test {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t most_queued = std::size_t{4} << 20;

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(port);
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return name;
}

struct Parcel {
  Clock::time_point due;
  std::string bytes;  // empty: the end of the stream
};

struct Direction {
  int from = -1;
  int to = -1;
  std::deque<Parcel> parcels;
  std::size_t queued = 0;
  std::size_t offset = 0;  // into the first parcel
  bool ended = false;      // nothing more will be read
  bool blocked = false;    // `to` takes nothing now
  bool begun = false;
};

struct Connection {
  std::array<Direction, 2> directions;  // client to server, server to client
  ~Connection() {
    ::close(directions[0].from);
    ::close(directions[0].to);
  }
};

}  // namespace

class DelayProxy::Loop {
 public:
  Loop(std::uint16_t target, std::chrono::microseconds round_trip) : target_(target), round_trip_(round_trip) {
    sockaddr_in name = loopback(0);
    socklen_t size = sizeof name;
    if (bind(listener_.number(), reinterpret_cast<sockaddr*>(&name), size) != 0 ||
        listen(listener_.number(), 1024) != 0 ||
        getsockname(listener_.number(), reinterpret_cast<sockaddr*>(&name), &size) != 0) {
      throw std::runtime_error("the delay proxy cannot listen");
    }
    port = ntohs(name.sin_port);
    add(listener_.number(), EPOLLIN);
    add(wake_.number(), EPOLLIN);
    thread_ = std::thread([this] { run(); });
  }

  ~Loop() {
    stopping_ = true;
    const std::uint64_t one = 1;
    if (write(wake_.number(), &one, sizeof one) < 0) std::abort();
    thread_.join();
    connections_.clear();
  }

  std::uint16_t port = 0;
  std::atomic<std::uint64_t> accepted{0};

 private:
  void add(int descriptor, std::uint32_t events) const {
    epoll_event event{.events = events, .data = {.fd = descriptor}};
    epoll_ctl(epoll_.number(), EPOLL_CTL_ADD, descriptor, &event);
  }

  // Watches a socket for what both of its directions want of it.
  void watch(const Connection& connection, int descriptor) const {
    std::uint32_t events = 0;
    for (const Direction& direction : connection.directions) {
      const bool reads = direction.from == descriptor && !direction.ended && direction.queued < most_queued;
      const bool writes = direction.to == descriptor && direction.blocked;
      events |= (reads ? std::uint32_t{EPOLLIN} : 0U) | (writes ? std::uint32_t{EPOLLOUT} : 0U);
    }
    epoll_event event{.events = events, .data = {.fd = descriptor}};
    epoll_ctl(epoll_.number(), EPOLL_CTL_MOD, descriptor, &event);
  }

  void run() {
    std::array<epoll_event, 128> events{};
    while (!stopping_) {
      timespec time_out{};
      const bool limited = next_due(time_out);
      const int count =
          epoll_pwait2(epoll_.number(), events.data(), events.size(), limited ? &time_out : nullptr, nullptr);
      for (int i = 0; i < count; ++i) handle(events[static_cast<std::size_t>(i)]);
      deliver();
    }
  }

  bool next_due(timespec& time_out) const {
    if (due_.empty()) return false;
    const auto left =
        std::max(std::chrono::nanoseconds(0), std::chrono::nanoseconds(due_.begin()->first - Clock::now()));
    time_out.tv_sec = left.count() / 1'000'000'000;
    time_out.tv_nsec = left.count() % 1'000'000'000;
    return true;
  }

  void handle(const epoll_event& event) {
    const int descriptor = event.data.fd;
    if (descriptor == listener_.number()) return accept_all();
    const auto found = by_socket_.find(descriptor);
    if (descriptor == wake_.number() || found == by_socket_.end()) return;
    Connection& connection = *found->second;
    if ((event.events & EPOLLERR) != 0) return end(connection);
    for (Direction& direction : connection.directions) {
      if (direction.from == descriptor && (event.events & (EPOLLIN | EPOLLHUP)) != 0 && !take(direction)) {
        return end(connection);
      }
      if (direction.to == descriptor && (event.events & EPOLLOUT) != 0) {
        direction.blocked = false;
        due_.emplace(Clock::now(),
                     descriptor == connection.directions[0].to ? connection.directions[0].from : descriptor);
      }
    }
    watch(connection, connection.directions[0].from);
    watch(connection, connection.directions[0].to);
  }

  void accept_all() {
    while (true) {
      const int client = accept4(listener_.number(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (client < 0) return;
      const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      const sockaddr_in name = loopback(target_);
      if (connect(server, reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0) {  // loopback: at once
        ::close(server);
        ::close(client);
        continue;
      }
      const int on = 1;
      for (const int descriptor : {client, server}) {
        setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      }
      ++accepted;
      auto connection = std::make_unique<Connection>();
      connection->directions[0].from = connection->directions[1].to = client;
      connection->directions[0].to = connection->directions[1].from = server;
      by_socket_[client] = by_socket_[server] = connection.get();
      connections_[client] = std::move(connection);
      add(client, EPOLLIN);
      add(server, EPOLLIN);
    }
  }

  // Reads what is there and stamps it; false when the connection is broken.
  bool take(Direction& direction) {
    if (direction.ended || direction.queued >= most_queued) return true;
    std::array<char, 65536> buffer;  // NOLINT: filled by recv
    const ssize_t count = recv(direction.from, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count < 0) return errno == EAGAIN;
    const bool to_server = by_socket_.at(direction.from)->directions[0].from == direction.from;
    const auto extra = to_server && !direction.begun ? round_trip_ : std::chrono::microseconds(0);
    direction.begun = true;
    Clock::time_point due = Clock::now() + round_trip_ / 2 + extra;
    if (!direction.parcels.empty()) due = std::max(due, direction.parcels.back().due);
    direction.parcels.push_back({.due = due, .bytes = {buffer.data(), static_cast<std::size_t>(count)}});
    direction.queued += static_cast<std::size_t>(count);
    direction.ended = count == 0;
    due_.emplace(due, by_socket_.at(direction.from)->directions[0].from);
    return true;
  }

  void deliver() {
    const auto now = Clock::now();
    while (!due_.empty() && due_.begin()->first <= now) {
      const int client = due_.begin()->second;
      due_.erase(due_.begin());
      const auto found = connections_.find(client);
      if (found == connections_.end()) continue;
      Connection& connection = *found->second;
      bool good = true;
      for (Direction& direction : connection.directions) good = good && give(direction, now);
      const bool over =
          std::ranges::all_of(connection.directions, [](const Direction& d) { return d.ended && d.parcels.empty(); });
      if (!good || over) {
        end(connection);
        continue;
      }
      watch(connection, connection.directions[0].from);
      watch(connection, connection.directions[0].to);
    }
  }

  // Writes what is due; false when the connection is broken.
  static bool give(Direction& direction, Clock::time_point now) {
    while (!direction.parcels.empty() && direction.parcels.front().due <= now && !direction.blocked) {
      const Parcel& parcel = direction.parcels.front();
      if (parcel.bytes.empty()) {
        shutdown(direction.to, SHUT_WR);
      } else {
        const ssize_t count = send(direction.to, parcel.bytes.data() + direction.offset,
                                   parcel.bytes.size() - direction.offset, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count < 0 && errno != EAGAIN) return false;
        if (count < 0) {
          direction.blocked = true;
          return true;
        }
        direction.offset += static_cast<std::size_t>(count);
        direction.queued -= static_cast<std::size_t>(count);
        if (direction.offset < parcel.bytes.size()) continue;
      }
      direction.offset = 0;
      direction.parcels.pop_front();
    }
    return true;
  }

  void end(Connection& connection) {
    const int client = connection.directions[0].from;
    by_socket_.erase(client);
    by_socket_.erase(connection.directions[0].to);
    connections_.erase(client);
  }

  std::uint16_t target_;
  std::chrono::microseconds round_trip_;
  base::Descriptor listener_{socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  base::Descriptor epoll_{epoll_create1(EPOLL_CLOEXEC)};
  base::Descriptor wake_{eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
  std::atomic<bool> stopping_{false};
  std::unordered_map<int, Connection*> by_socket_;
  std::unordered_map<int, std::unique_ptr<Connection>> connections_;  // by the client's socket
  std::multimap<Clock::time_point, int> due_;                         // the client's socket
  std::thread thread_;
};

DelayProxy::DelayProxy(std::uint16_t target_port, std::chrono::microseconds round_trip)
    : loop_(std::make_unique<Loop>(target_port, round_trip)) {}
DelayProxy::~DelayProxy() = default;
std::uint16_t DelayProxy::port() const { return loop_->port; }
std::uint64_t DelayProxy::connections() const { return loop_->accepted; }

}  // namespace lock::test
