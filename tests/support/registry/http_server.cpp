// The loop owns every connection. A connection is in one of three states: shaking hands (TLS only), reading a request,
// or playing a script; it reads nothing while it plays, so the kernel's buffers push back on an eager client. Timers
// stand in one ordered map. Whoever stops the server wakes the loop through an eventfd.
#include "tests/support/registry/http_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <deque>
#include <map>
#include <stdexcept>
#include <thread>
#include <unordered_map>

#include "resolver/base/descriptor.hpp"
#include "resolver/base/text.hpp"
#include "tests/support/registry/request_parser.hpp"

namespace lock::test {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::uint64_t wake_id = 0;
constexpr std::uint64_t first_connection_id = 1000;
constexpr std::size_t burst = std::size_t{1} << 20;  // bytes a connection may write before the others get their turn

struct FreeSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};

// A loopback address and a port as the system's functions want it.
class Name {
 public:
  Name(const std::string& address, std::uint16_t port) : six_(address.contains(':')) {
    six_name_.sin6_family = AF_INET6;
    six_name_.sin6_port = htons(port);
    four_name_.sin_family = AF_INET;
    four_name_.sin_port = htons(port);
    void* bytes = six_ ? static_cast<void*>(&six_name_.sin6_addr) : static_cast<void*>(&four_name_.sin_addr);
    if (inet_pton(family(), address.c_str(), bytes) != 1) throw std::runtime_error(address + " is no address");
  }
  [[nodiscard]] int family() const { return six_ ? AF_INET6 : AF_INET; }
  sockaddr* get() { return six_ ? reinterpret_cast<sockaddr*>(&six_name_) : reinterpret_cast<sockaddr*>(&four_name_); }
  [[nodiscard]] socklen_t size() const { return six_ ? sizeof six_name_ : sizeof four_name_; }
  [[nodiscard]] std::uint16_t port() const { return ntohs(six_ ? six_name_.sin6_port : four_name_.sin_port); }

 private:
  bool six_;
  sockaddr_in6 six_name_{};
  sockaddr_in four_name_{};
};

base::Descriptor listen_on(const std::string& address, std::uint16_t& port, int queue) {
  Name name(address, 0);
  base::Descriptor listener(socket(name.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  socklen_t size = name.size();
  if (!listener.is_open() || bind(listener.number(), name.get(), size) != 0 || listen(listener.number(), queue) != 0 ||
      getsockname(listener.number(), name.get(), &size) != 0) {
    throw std::runtime_error("cannot listen on " + address);
  }
  port = name.port();
  return listener;
}

// Connections that stay in the queue of a socket which nobody accepts from, until it takes no more.
std::vector<base::Descriptor> fill_queue(const std::string& address, std::uint16_t port) {
  std::vector<base::Descriptor> waiting;
  for (int i = 0; i < 4; ++i) {
    Name name(address, port);
    waiting.emplace_back(socket(name.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    static_cast<void>(connect(waiting.back().number(), name.get(), name.size()));
  }
  return waiting;
}

}  // namespace

class HttpServer::Loop {
 public:
  Loop(const std::vector<Door>& doors, Handler handler) : handler_(std::move(handler)) {
    watch(wake_.number(), wake_id, EPOLLIN, EPOLL_CTL_ADD);
    for (const Door& door : doors) {
      auto opened = std::make_unique<OpenDoor>();
      const bool mute = door.deaf == Door::Deaf::to_connections;
      opened->listener = listen_on(door.address, opened->port, mute ? 0 : 1024);
      if (mute) opened->waiting = fill_queue(door.address, opened->port);
      if (door.tls) opened->context = make_server_context(*door.tls);
      doors_.push_back(std::move(opened));
      if (door.deaf == Door::Deaf::no) {
        watch(doors_.back()->listener.number(), doors_.size(), EPOLLIN, EPOLL_CTL_ADD);
      }
    }
    thread_ = std::thread([this] { run(); });
  }

  ~Loop() {
    stopping_ = true;
    const std::uint64_t one = 1;
    if (write(wake_.number(), &one, sizeof one) < 0) std::abort();
    thread_.join();
    connections_.clear();
  }

  struct OpenDoor {
    base::Descriptor listener;
    std::vector<base::Descriptor> waiting;
    std::uint16_t port = 0;
    TlsContext context;
    std::atomic<std::uint64_t> accepted{0};
  };
  std::vector<std::unique_ptr<OpenDoor>> doors_;
  std::atomic<std::uint64_t> sent_{0};
  std::atomic<std::uint64_t> received_{0};

 private:
  struct Connection {
    ~Connection() {
      ssl.reset();
      ::close(socket);
    }
    std::uint64_t id = 0;
    int socket = -1;
    std::size_t door = 0;
    std::unique_ptr<SSL, FreeSsl> ssl;
    bool shaking_hands = false;
    RequestParser parser;
    std::deque<Step> script;
    std::size_t offset = 0;  // into the bytes of the first step
    bool pausing = false;    // the first step waits for its timer
    bool draining =
        false;  // our side is closed: what still comes is thrown away, so that no reset overtakes our last bytes
    Clock::time_point wake_at;  // while pausing
    std::uint32_t events = 0;   // what epoll watches
  };
  enum class Progress : std::uint8_t { done, blocked_reading, blocked_writing, ended };

  void watch(int descriptor, std::uint64_t id, std::uint32_t events, int operation) const {
    epoll_event event{.events = events, .data = {.u64 = id}};
    epoll_ctl(epoll_.number(), operation, descriptor, &event);
  }

  void want(Connection& connection, std::uint32_t events) const {
    if (connection.events == events) return;
    connection.events = events;
    watch(connection.socket, connection.id, events, EPOLL_CTL_MOD);
  }

  void run() {
    sigset_t pipe;  // SSL_write would raise it in this thread
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
    std::array<epoll_event, 64> events{};
    while (!stopping_) {
      const int count = epoll_wait(epoll_.number(), events.data(), events.size(), time_to_next_timer());
      for (int i = 0; i < count; ++i) handle(events[static_cast<std::size_t>(i)]);
      run_timers();
    }
  }

  int time_to_next_timer() const {
    if (timers_.empty()) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(timers_.begin()->first - Clock::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
  }

  void run_timers() {
    const auto now = Clock::now();
    while (!timers_.empty() && timers_.begin()->first <= now) {
      const std::uint64_t id = timers_.begin()->second;
      timers_.erase(timers_.begin());
      if (const auto found = connections_.find(id); found != connections_.end()) advance(*found->second);
    }
  }

  void handle(const epoll_event& event) {
    const std::uint64_t id = event.data.u64;
    if (id == wake_id) return;
    if (id < first_connection_id) return accept_all(id - 1);
    const auto found = connections_.find(id);
    if (found == connections_.end()) return;
    Connection& connection = *found->second;
    const bool peer_has_gone = (event.events & (EPOLLHUP | EPOLLERR | EPOLLRDHUP)) != 0;
    const bool nothing_more_to_read =
        !connection.script.empty() || ((event.events & EPOLLIN) == 0 && !connection.draining);
    if (peer_has_gone && nothing_more_to_read) return end(connection);
    advance(connection);
  }

  void accept_all(std::size_t door) {
    while (true) {
      const int socket_number =
          accept4(doors_[door]->listener.number(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (socket_number < 0) return;
      const int on = 1;
      setsockopt(socket_number, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      auto connection = std::make_unique<Connection>();
      connection->id = first_connection_id + accepted_++;
      connection->socket = socket_number;
      connection->door = door;
      ++doors_[door]->accepted;
      if (doors_[door]->context) {
        connection->ssl.reset(SSL_new(doors_[door]->context.get()));
        SSL_set_fd(connection->ssl.get(), socket_number);
        SSL_set_accept_state(connection->ssl.get());
        connection->shaking_hands = true;
      }
      connection->events = EPOLLIN | EPOLLRDHUP;
      watch(socket_number, connection->id, connection->events, EPOLL_CTL_ADD);
      connections_.emplace(connection->id, std::move(connection));
    }
  }

  void end(Connection& connection) { connections_.erase(connection.id); }  // destroys it

  // Goes on with a connection as far as it can.
  void advance(Connection& connection) {
    if (connection.draining) return drain(connection);
    Progress progress = connection.shaking_hands ? shake_hands(connection) : Progress::done;
    std::size_t written = 0;
    while (progress == Progress::done) {
      if (!connection.script.empty()) {
        progress = play(connection, written);
        if (progress == Progress::done && written > burst) progress = Progress::blocked_writing;
      } else {
        progress = read_request(connection);
      }
    }
    switch (progress) {
      case Progress::ended: return end(connection);
      case Progress::blocked_writing: return want(connection, EPOLLOUT);
      case Progress::blocked_reading:  // while a script pauses, only the peer's end is of interest
        return want(connection, connection.script.empty() ? EPOLLIN | EPOLLRDHUP : EPOLLRDHUP);
      case Progress::done: return;
    }
  }

  // Closes our side and waits for the peer's end: an alert or a last body arrives before the connection is gone.
  static Progress close_politely(Connection& connection) {
    shutdown(connection.socket, SHUT_WR);
    connection.script.clear();
    connection.draining = true;
    return Progress::blocked_reading;
  }

  void drain(Connection& connection) {
    std::array<char, 65536> buffer;  // NOLINT: thrown away
    ssize_t count = 0;
    do count = recv(connection.socket, buffer.data(), buffer.size(), 0);
    while (count > 0);
    if (count == 0 || errno != EAGAIN) end(connection);
  }

  static Progress explain(SSL* ssl, int result) {
    switch (SSL_get_error(ssl, result)) {
      case SSL_ERROR_WANT_READ: return Progress::blocked_reading;
      case SSL_ERROR_WANT_WRITE: return Progress::blocked_writing;
      default: ERR_clear_error(); return Progress::ended;
    }
  }

  Progress shake_hands(Connection& connection) {
    const int result = SSL_accept(connection.ssl.get());
    if (result != 1) {
      const Progress progress = explain(connection.ssl.get(), result);
      return progress == Progress::ended ? close_politely(connection) : progress;
    }
    connection.shaking_hands = false;
    return Progress::done;
  }

  Progress read_request(Connection& connection) {
    while (true) {
      if (connection.parser.wants_continue()) {
        connection.script.push_back({.kind = Step::Kind::send, .bytes = "HTTP/1.1 100 Continue\r\n\r\n"});
        return Progress::done;
      }
      if (std::optional<Request> request = connection.parser.take()) {
        request->door = connection.door;
        request->connection = connection.id - first_connection_id + 1;
        for (Step& step : handler_(*request)) connection.script.push_back(std::move(step));
        connection.offset = 0;
        if (!connection.script.empty()) return Progress::done;
        continue;
      }
      if (connection.parser.failed()) return Progress::ended;
      std::array<char, 65536> buffer;  // NOLINT: filled by the read below
      const auto [count, progress] = read_some(connection, buffer.data(), buffer.size());
      if (count == 0) return progress;
      received_ += count;
      connection.parser.feed(std::string_view(buffer.data(), count));
    }
  }

  static std::pair<std::size_t, Progress> read_some(Connection& connection, char* to, std::size_t size) {
    if (connection.ssl) {
      const int count = SSL_read(connection.ssl.get(), to, static_cast<int>(size));
      if (count > 0) return {static_cast<std::size_t>(count), Progress::done};
      return {0, explain(connection.ssl.get(), count)};
    }
    const ssize_t count = recv(connection.socket, to, size, 0);
    if (count > 0) return {static_cast<std::size_t>(count), Progress::done};
    return {0, count < 0 && errno == EAGAIN ? Progress::blocked_reading : Progress::ended};
  }

  std::pair<std::size_t, Progress> write_some(Connection& connection, std::string_view bytes) {
    if (bytes.empty()) return {0, Progress::done};
    if (connection.ssl) {
      const int count = SSL_write(connection.ssl.get(), bytes.data(), static_cast<int>(std::min(bytes.size(), burst)));
      if (count <= 0) return {0, explain(connection.ssl.get(), count)};
      sent_ += static_cast<std::uint64_t>(count);
      return {static_cast<std::size_t>(count), Progress::done};
    }
    const ssize_t count = send(connection.socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count < 0) return {0, errno == EAGAIN ? Progress::blocked_writing : Progress::ended};
    sent_ += static_cast<std::uint64_t>(count);
    return {static_cast<std::size_t>(count), Progress::done};
  }

  void pause(Connection& connection, std::chrono::milliseconds time) {
    connection.pausing = true;
    connection.wake_at = Clock::now() + time;
    timers_.emplace(connection.wake_at, connection.id);
  }

  // Plays a part of the first step; takes the step away when it is over.
  Progress play(Connection& connection, std::size_t& written) {
    Step& step = connection.script.front();
    const bool was_pausing = std::exchange(connection.pausing, false);
    if (was_pausing && Clock::now() < connection.wake_at) {
      connection.pausing = true;
      return Progress::blocked_reading;
    }
    switch (step.kind) {
      case Step::Kind::hang: return Progress::blocked_reading;
      case Step::Kind::reset: {
        const linger hard{.l_onoff = 1, .l_linger = 0};
        setsockopt(connection.socket, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
        return Progress::ended;
      }
      case Step::Kind::finish:
        if (connection.ssl) SSL_shutdown(connection.ssl.get());
        return close_politely(connection);
      case Step::Kind::wait:
        if (was_pausing) {
          connection.script.pop_front();
          return Progress::done;
        }
        pause(connection, step.pause);
        return Progress::blocked_reading;
      case Step::Kind::send:
      case Step::Kind::drip:
      case Step::Kind::repeat: return play_bytes(connection, step, written);
    }
    return Progress::ended;
  }

  Progress play_bytes(Connection& connection, Step& step, std::size_t& written) {
    std::string_view rest = std::string_view(step.bytes).substr(connection.offset);
    if (step.kind == Step::Kind::drip) rest = rest.substr(0, std::max<std::size_t>(step.amount, 1));
    const auto [count, progress] = write_some(connection, rest);
    written += count;
    connection.offset += count;
    if (progress != Progress::done) return progress;
    if (connection.offset < step.bytes.size()) {
      if (step.kind == Step::Kind::drip) {
        pause(connection, step.pause);
        return Progress::blocked_reading;
      }
      return Progress::done;
    }
    connection.offset = 0;
    if (step.kind != Step::Kind::repeat || step.amount <= 1)
      connection.script.pop_front();
    else
      --step.amount;
    return Progress::done;
  }

  Handler handler_;
  base::Descriptor epoll_{epoll_create1(EPOLL_CLOEXEC)};
  base::Descriptor wake_{eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
  std::atomic<bool> stopping_{false};
  std::uint64_t accepted_ = 0;
  std::unordered_map<std::uint64_t, std::unique_ptr<Connection>> connections_;
  std::multimap<Clock::time_point, std::uint64_t> timers_;
  std::thread thread_;
};

HttpServer::HttpServer(const std::vector<Door>& doors, Handler handler)
    : loop_(std::make_unique<Loop>(doors, std::move(handler))) {}
HttpServer::~HttpServer() = default;
std::uint16_t HttpServer::port(std::size_t door) const { return loop_->doors_.at(door)->port; }
std::uint64_t HttpServer::connections(std::size_t door) const { return loop_->doors_.at(door)->accepted; }
std::uint64_t HttpServer::bytes_sent() const { return loop_->sent_; }
std::uint64_t HttpServer::bytes_received() const { return loop_->received_; }

}  // namespace lock::test
